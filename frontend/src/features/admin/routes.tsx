import { lazy } from 'react';
import { Route, Routes } from 'react-router';
import { AdminLayout } from './AdminLayout';
import { AdminNotFoundPage } from './AdminNotFoundPage';

const Dashboard = lazy(() => import('./dashboard/DashboardPage').then((m) => ({ default: m.DashboardPage })));
const Products = lazy(() => import('./products/ProductsPage').then((m) => ({ default: m.ProductsPage })));
const NewProduct = lazy(() => import('./products/NewProductPage').then((m) => ({ default: m.NewProductPage })));
const EditProduct = lazy(() => import('./products/EditProductPage').then((m) => ({ default: m.EditProductPage })));
const Stock = lazy(() => import('./stock/StockPage').then((m) => ({ default: m.StockPage })));
const ProductStock = lazy(() => import('./stock/ProductStockPage').then((m) => ({ default: m.ProductStockPage })));
const Orders = lazy(() => import('./orders/OrdersPage').then((m) => ({ default: m.OrdersPage })));
const Order = lazy(() => import('./orders/OrderPage').then((m) => ({ default: m.OrderPage })));
const Reviews = lazy(() => import('./reviews/ReviewsPage').then((m) => ({ default: m.ReviewsPage })));
const ProductReviews = lazy(() => import('./reviews/ProductReviewsPage').then((m) => ({ default: m.ProductReviewsPage })));
const Messages = lazy(() => import('./messages/MessagesPage').then((m) => ({ default: m.MessagesPage })));

/** The admin pages, below `/admin`, all lazy-loaded. */
export function AdminRoutes() {
  return (
    <Routes>
      <Route element={<AdminLayout />}>
        <Route index element={<Dashboard />} />
        <Route path="orders" element={<Orders />} />
        <Route path="orders/:id" element={<Order />} />
        <Route path="products" element={<Products />} />
        <Route path="products/new" element={<NewProduct />} />
        <Route path="products/:id" element={<EditProduct />} />
        <Route path="stock" element={<Stock />} />
        <Route path="stock/:id" element={<ProductStock />} />
        <Route path="reviews" element={<Reviews />} />
        <Route path="reviews/:id" element={<ProductReviews />} />
        <Route path="messages" element={<Messages />} />
        <Route path="*" element={<AdminNotFoundPage />} />
      </Route>
    </Routes>
  );
}
