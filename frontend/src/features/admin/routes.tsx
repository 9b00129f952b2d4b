import { Route, Routes } from 'react-router';
import { AdminLayout } from './AdminLayout';
import { AdminNotFoundPage } from './AdminNotFoundPage';
import { DashboardPage } from './dashboard/DashboardPage';
import { MessagesPage } from './messages/MessagesPage';
import { OrderPage } from './orders/OrderPage';
import { OrdersPage } from './orders/OrdersPage';
import { EditProductPage } from './products/EditProductPage';
import { NewProductPage } from './products/NewProductPage';
import { ProductsPage } from './products/ProductsPage';
import { ProductReviewsPage } from './reviews/ProductReviewsPage';
import { ReviewsPage } from './reviews/ReviewsPage';
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
        <Route path="products" element={<ProductsPage />} />
        <Route path="products/new" element={<NewProductPage />} />
        <Route path="products/:id" element={<EditProductPage />} />
        <Route path="stock" element={<StockPage />} />
        <Route path="stock/:id" element={<ProductStockPage />} />
        <Route path="reviews" element={<ReviewsPage />} />
        <Route path="reviews/:id" element={<ProductReviewsPage />} />
        <Route path="messages" element={<MessagesPage />} />
        <Route path="*" element={<AdminNotFoundPage />} />
      </Route>
    </Routes>
  );
}
