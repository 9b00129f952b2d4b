import { Link } from 'react-router';
import styles from './Footer.module.css';
import { ThemeButton } from './ThemeButton';

export function Footer() {
  return (
    <footer className={styles.footer}>
      <div className={styles.inner}>
        <p>Demo shop: nothing is charged and nothing ships.</p>
        <nav aria-label="Footer" className={styles.links}>
          <Link to="/products">All products</Link>
          <a href="/docs">API documentation</a>
          <span className={styles.theme}>
            <ThemeButton />
          </span>
        </nav>
      </div>
    </footer>
  );
}
