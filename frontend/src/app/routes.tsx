import type { RouteObject } from 'react-router';
import { RequireAdmin, RequireUser } from './guards';
import { LoadingPage, NotFoundPage, WentWrongPage } from './pages/fallbacks';
import { Shell } from './shell/Shell';

/** A page in a file of its own, loaded when it is gone to. */
function page<M>(load: () => Promise<M>, pick: (module: M) => React.ComponentType): Pick<RouteObject, 'lazy'> {
  return { lazy: async () => ({ Component: pick(await load()) }) };
}

export const routes: RouteObject[] = [
  {
    Component: Shell,
    ErrorBoundary: WentWrongPage,
    HydrateFallback: LoadingPage,
    children: [
      { path: 'login', ...page(() => import('./pages/account'), (m) => m.LogInPage) },
      { path: 'signup', ...page(() => import('./pages/account'), (m) => m.SignUpPage) },
      {
        Component: RequireUser,
        children: [],
      },
      {
        Component: RequireAdmin,
        children: [{ path: 'admin/*', ...page(() => import('@/features/admin/routes'), (m) => m.AdminRoutes) }],
      },
      { path: '*', Component: NotFoundPage },
    ],
  },
];
