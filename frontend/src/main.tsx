import './components/ui/tokens.css';
import './components/ui/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { sendWhatIsLeftOnLeaving } from './lib/track';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

sendWhatIsLeftOnLeaving();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
