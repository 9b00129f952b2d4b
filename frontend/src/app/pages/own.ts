/** The account and what it receives. */
export { AccountPage, AddressesPage, LoginPage, SignupPage } from './account';
export { NotificationsPage } from './NotificationsPage';
