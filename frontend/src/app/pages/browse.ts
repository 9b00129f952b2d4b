/** The pages of a first visit. */
export { CatalogPage } from './CatalogPage';
export { HomePage } from './HomePage';
export { ProductPage } from './ProductPage';
