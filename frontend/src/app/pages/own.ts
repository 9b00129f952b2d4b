/** The account and what it receives. */
export { AccountPage, AddressesPage, LoginPage, SignupPage, VerifyPage } from './account';
export { NotificationsPage } from './NotificationsPage';
