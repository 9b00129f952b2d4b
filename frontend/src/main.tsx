import './components/ui/tokens.css';
import './components/ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { flushEventsOnPageHide } from './lib/track';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

flushEventsOnPageHide();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
