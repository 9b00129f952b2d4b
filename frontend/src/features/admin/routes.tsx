import { Route, Routes } from 'react-router';
import { AdminLayout } from './AdminLayout';
import { AdminNotFoundPage } from './AdminNotFoundPage';
import { DashboardPage } from './dashboard/DashboardPage';
import { MessagesPage } from './messages/MessagesPage';
import { OrderPage } from './orders/OrderPage';
import { OrdersPage } from './orders/OrdersPage';
import { ReturnsPage } from './orders/ReturnsPage';
import { EditProductPage } from './products/EditProductPage';
import { NewProductPage } from './products/NewProductPage';
import { ProductsPage } from './products/ProductsPage';
import { ProductReviewsPage } from './reviews/ProductReviewsPage';
import { ReviewsPage } from './reviews/ReviewsPage';
import { EditDiscountPage, NewDiscountPage } from './settings/DiscountPages';
import { DiscountsPage } from './settings/DiscountsPage';
import { EditShippingMethodPage, NewShippingMethodPage } from './settings/ShippingMethodForm';
import { ShippingMethodsPage } from './settings/ShippingMethodsPage';
import { ShopSettingsPage } from './settings/ShopSettingsPage';
import { EditTaxRatePage, NewTaxRatePage } from './settings/TaxRateForm';
import { TaxRatesPage } from './settings/TaxRatesPage';
import { ProductStockPage } from './stock/ProductStockPage';
import { StockPage } from './stock/StockPage';

/** The admin pages, below `/admin`: one file, which customers never load. */
export function AdminRoutes() {
  return (
    <Routes>
      <Route element={<AdminLayout />}>
        <Route index element={<DashboardPage />} />
        <Route path="orders" element={<OrdersPage />} />
        <Route path="orders/:id" element={<OrderPage />} />
        <Route path="returns" element={<ReturnsPage />} />
        <Route path="products" element={<ProductsPage />} />
        <Route path="products/new" element={<NewProductPage />} />
        <Route path="products/:id" element={<EditProductPage />} />
        <Route path="stock" element={<StockPage />} />
        <Route path="stock/:id" element={<ProductStockPage />} />
        <Route path="reviews" element={<ReviewsPage />} />
        <Route path="reviews/:id" element={<ProductReviewsPage />} />
        <Route path="messages" element={<MessagesPage />} />
        <Route path="settings" element={<ShopSettingsPage />} />
        <Route path="settings/taxes" element={<TaxRatesPage />} />
        <Route path="settings/taxes/new" element={<NewTaxRatePage />} />
        <Route path="settings/taxes/:id" element={<EditTaxRatePage />} />
        <Route path="settings/shipping" element={<ShippingMethodsPage />} />
        <Route path="settings/shipping/new" element={<NewShippingMethodPage />} />
        <Route path="settings/shipping/:id" element={<EditShippingMethodPage />} />
        <Route path="settings/discounts" element={<DiscountsPage />} />
        <Route path="settings/discounts/new" element={<NewDiscountPage />} />
        <Route path="settings/discounts/:id" element={<EditDiscountPage />} />
        <Route path="*" element={<AdminNotFoundPage />} />
      </Route>
    </Routes>
  );
}
