import { Route, Routes } from 'react-router';
import { Page } from '@/components/ui/Page';

/** The back office's pages, below `/admin`. Loaded only for who goes there. */
export function AdminRoutes() {
  return (
    <Routes>
      <Route
        index
        element={
          <Page title="Back office">
            <p>Nothing here yet.</p>
          </Page>
        }
      />
    </Routes>
  );
}
