import type { RouteObject } from 'react-router';
import { RequireAdmin, RequireUser } from './guards';
import { ErrorPage, LoadingPage, NotFoundPage } from './pages/fallbacks';
import { Shell } from './shell/Shell';

/** A lazy-loaded page. Pages that are visited together are in one file: browse, buy, own and admin. */
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
          { index: true, ...page(() => import('./pages/browse'), (m) => m.HomePage) },
          { path: 'products', ...page(() => import('./pages/browse'), (m) => m.CatalogPage) },
          { path: 'products/:id', ...page(() => import('./pages/browse'), (m) => m.ProductPage) },
          { path: 'basket', ...page(() => import('./pages/buy'), (m) => m.BasketPage) },
          { path: 'login', ...page(() => import('./pages/own'), (m) => m.LoginPage) },
          { path: 'signup', ...page(() => import('./pages/own'), (m) => m.SignupPage) },
          { path: 'verify', ...page(() => import('./pages/own'), (m) => m.VerifyPage) },
          { path: 'checkout', ...page(() => import('./pages/buy'), (m) => m.CheckoutPage) },
          { path: 'orders/:id', ...page(() => import('./pages/buy'), (m) => m.OrderPage) },
          {
            Component: RequireUser,
            children: [
              { path: 'orders', ...page(() => import('./pages/buy'), (m) => m.OrdersPage) },
              { path: 'notifications', ...page(() => import('./pages/own'), (m) => m.NotificationsPage) },
              { path: 'account', ...page(() => import('./pages/own'), (m) => m.AccountPage) },
              { path: 'account/addresses', ...page(() => import('./pages/own'), (m) => m.AddressesPage) },
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
