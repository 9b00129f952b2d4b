import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { AdminPage } from '../components/AdminPage';
import styles from './Settings.module.css';

const PARTS = [
  { to: '/admin/settings', label: 'Shop' },
  { to: '/admin/settings/taxes', label: 'Taxes' },
  { to: '/admin/settings/shipping', label: 'Shipping' },
  { to: '/admin/settings/discounts', label: 'Discounts' },
] as const;

/** A list or form of the settings, with the navigation between their parts. */
export function SettingsPage({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <AdminPage title={title} lead={lead} actions={actions}>
      <nav aria-label="Settings" className={styles.parts}>
        <ul role="list">
          {PARTS.map(({ to, label }) => (
            <li key={to}>
              <NavLink to={to} end>
                {label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </AdminPage>
  );
}
