import { QueryClientProvider } from '@tanstack/react-query';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { Toasts } from '@/components/ui/Toasts';
import { clearOnUserChange, queries } from './queries';
import { routes } from './routes';

const router = createBrowserRouter(routes);
clearOnUserChange();

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  );
}
