/** The account and what it receives. */
export { AccountPage, LoginPage, SignupPage } from './account';
export { NotificationsPage } from './NotificationsPage';
