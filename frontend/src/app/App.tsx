import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { Toasts } from '@/components/ui/Toasts';
import { clearOnUserChange, queries } from './queries';
import { routes } from './routes';

const router = createBrowserRouter(routes);
clearOnUserChange();

/** `disableStyleElements`: the CSP forbids inline styles. */
export function App() {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </CSPProvider>
  );
}
