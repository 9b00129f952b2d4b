/** From the basket to the order. */
export { BasketPage } from './BasketPage';
export { CheckoutPage } from './CheckoutPage';
export { OrderPage, OrdersPage } from './orders';
