import type { RouteObject } from 'react-router';
import { RequireAdmin, RequireUser } from './guards';
import { ErrorPage, LoadingPage, NotFoundPage } from './pages/fallbacks';
import { Shell } from './shell/Shell';

/** A lazy-loaded page. */
function page<M>(load: () => Promise<M>, pick: (module: M) => React.ComponentType): Pick<RouteObject, 'lazy'> {
  return { lazy: async () => ({ Component: pick(await load()) }) };
}

export const routes: RouteObject[] = [
  {
    Component: Shell,
    ErrorBoundary: ErrorPage,
    HydrateFallback: LoadingPage,
    children: [
      {
        // Inside the shell, so that the navigation stays when a page fails.
        ErrorBoundary: ErrorPage,
        children: [
          { index: true, ...page(() => import('./pages/HomePage'), (m) => m.HomePage) },
          { path: 'products', ...page(() => import('./pages/CatalogPage'), (m) => m.CatalogPage) },
          { path: 'products/:id', ...page(() => import('./pages/ProductPage'), (m) => m.ProductPage) },
          { path: 'basket', ...page(() => import('./pages/BasketPage'), (m) => m.BasketPage) },
          { path: 'login', ...page(() => import('./pages/account'), (m) => m.LoginPage) },
          { path: 'signup', ...page(() => import('./pages/account'), (m) => m.SignupPage) },
          {
            Component: RequireUser,
            children: [
              { path: 'checkout', ...page(() => import('./pages/CheckoutPage'), (m) => m.CheckoutPage) },
              { path: 'orders', ...page(() => import('./pages/orders'), (m) => m.OrdersPage) },
              { path: 'orders/:id', ...page(() => import('./pages/orders'), (m) => m.OrderPage) },
              { path: 'notifications', ...page(() => import('./pages/NotificationsPage'), (m) => m.NotificationsPage) },
              { path: 'account', ...page(() => import('./pages/account'), (m) => m.AccountPage) },
            ],
          },
          {
            Component: RequireAdmin,
            children: [{ path: 'admin/*', ...page(() => import('@/features/admin/routes'), (m) => m.AdminRoutes) }],
          },
          { path: '*', Component: NotFoundPage },
        ],
      },
    ],
  },
];
