import { Link } from 'react-router';
import styles from './Footer.module.css';
import { ThemeButton } from './ThemeButton';

export function Footer() {
  return (
    <footer className={styles.footer}>
      <div className={styles.inside}>
        <p>A demonstration: nothing is charged, nothing is sent.</p>
        <nav aria-label="More" className={styles.links}>
          <Link to="/products">All products</Link>
          <a href="/docs">The shop’s API</a>
          <span className={styles.theme}>
            <ThemeButton />
          </span>
        </nav>
      </div>
    </footer>
  );
}
