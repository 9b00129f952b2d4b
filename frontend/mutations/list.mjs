/**
 * Faults that were, or could have been, put into the storefront, and the test that catches each.
 *
 * `in` is a file, or a folder (with a slash at its end) where the text stands in one file. White space in `search` fits
 * any white space. lint/mutations.test.ts fails where a text or a test is no longer there; `make ui-mutants`
 * puts each fault into a copy of the sources and fails where its test passes nevertheless.
 *
 * @typedef {{ what: string, in: string, search: string, replace: string, unit?: string, journey?: string, test: string }} Mutation
 */

const LISTS = { journey: 'e2e/lists.spec.ts', test: 'customer lists are paginated and sorted' };
const OFFICE_LISTS = { journey: 'e2e/lists.spec.ts', test: 'admin lists are paginated' };
const TRACKING = { journey: 'e2e/tracking.spec.ts', test: 'each step from a search to a purchase is tracked once, without personal data' };
const THEME = { journey: 'e2e/shell.spec.ts', test: 'the theme button cycles through the themes, and the choice persists' };
const AROUND = { journey: 'e2e/shell.spec.ts', test: 'the header and footer link to the right pages' };
const RELOAD = { journey: 'e2e/shell.spec.ts', test: 'a page whose file could not be loaded can be reloaded' };
const LEAVING = { journey: 'e2e/leaving.spec.ts', test: 'the data of a user is cleared after logging out' };
const FAILURES = { journey: 'e2e/failures.spec.ts', test: 'shop pages that fail to load can be retried' };
const OFFICE_FAILURES = { journey: 'e2e/failures.spec.ts', test: 'admin pages that fail to load can be retried' };
const FRESH = { journey: 'e2e/backoffice-fresh.spec.ts', test: 'lists show changes without a reload' };
const CLOSING = { journey: 'e2e/backoffice-asks.spec.ts', test: 'a closing confirmation does not change its action and cannot be confirmed twice' };
const REFUND = { journey: 'e2e/backoffice-fresh.spec.ts', test: 'a refund whose response was lost is executed once' };
const PURCHASE = { journey: 'e2e/purchase.spec.ts', test: 'sign up, search, buy, see the order and its notification, review, log out' };
const FILTERS = { journey: 'e2e/catalogue.spec.ts', test: 'search and filters are in the URL, and the back button undoes them' };
const DASHBOARD = 'src/features/admin/dashboard/Dashboard.test.tsx';
const STATE = 'src/components/ui/State.test.tsx';
const FIELD = 'src/components/ui/Field.test.tsx';
const SAVE = 'src/features/admin/products/save.test.ts';
const CLIENT = 'src/lib/api/client.test.ts';

const hidden = { search: '{list.hasNextPage && (', replace: '{list.hasNextPage === null && (' };

/** @type {readonly Mutation[]} */
export const MUTATIONS = [
  // What buttons do, and whether they are there.
  { what: 'a question that closes asks for the next step', in: 'src/components/ui/ConfirmButton.tsx', search: '{asked.confirmLabel}', replace: '{now.confirmLabel}', ...CLOSING },
  { what: 'a question is answered twice', in: 'src/components/ui/ConfirmButton.tsx', search: 'onClick={() => open && confirm()}', replace: 'onClick={confirm}', ...CLOSING },
  { what: 'the theme button is dead', in: 'src/app/shell/ThemeButton.tsx', search: 'onClick={() => choose(next)}', replace: 'onClick={() => undefined}', ...THEME },
  { what: 'a theme is not kept', in: 'src/lib/theme.ts', search: 'localStorage.setItem(name, JSON.parse(json) as string)', replace: 'void [name, json]', ...THEME },
  { what: 'the reload button is dead', in: 'src/app/pages/fallbacks.tsx', search: 'onClick={() => window.location.reload()}', replace: '', ...RELOAD },
  { what: '“Try again” is dead', in: 'src/components/ui/State.tsx', search: '<Button size="s" onClick={onRetry}>', replace: '<Button size="s">', ...FAILURES },
  { what: 'no older orders', in: 'src/features/orders/OrderList.tsx', ...hidden, ...LISTS },
  { what: 'no older notifications', in: 'src/features/notifications/NotificationList.tsx', ...hidden, ...LISTS },
  { what: 'no more reviews', in: 'src/features/reviews/ReviewList.tsx', ...hidden, ...LISTS },
  { what: 'no more rows in the back office', in: 'src/features/admin/components/PagedList.tsx', search: '{query.hasNextPage && (', replace: '{query.hasNextPage === null && (', ...OFFICE_LISTS },
  { what: 'no more products', in: 'src/features/catalog/Catalog.tsx', ...hidden, journey: 'e2e/catalogue.spec.ts', test: 'the product list is paginated' },
  { what: 'the ledger begins anew with each page', in: 'src/features/admin/stock/queries.ts', search: "...(pageParam !== '' && { cursor: pageParam })", replace: "...(pageParam === '' && {})", ...OFFICE_LISTS },
  { what: 'a filter cannot be taken off', in: 'src/features/catalog/ActiveFilters.tsx', search: 'changeFilters(filters, { [name]: undefined })', replace: 'changeFilters(filters, {})', ...FILTERS },
  // What is kept, and what is not.
  { what: 'the last user’s data outlives the session', in: 'src/app/App.tsx', search: 'clearOnUserChange();', replace: '', ...LEAVING },
  { what: 'a saved product is listed as it was', in: 'src/features/admin/products/EditProductPage.tsx', search: "void queries.invalidateQueries({ queryKey: ['products'] });", replace: '', ...FRESH },
  { what: 'an order that was moved is shown as it was', in: 'src/features/admin/orders/queries.ts', search: "queries.invalidateQueries({ queryKey: ['admin'] }),", replace: '', ...FRESH },
  { what: 'reviews are shown as they were', in: 'src/features/reviews/queries.ts', search: "queries.invalidateQueries({ queryKey: ['reviews', productId] }),", replace: '', ...PURCHASE },
  { what: 'what was read stays unread', in: 'src/features/notifications/queries.ts', search: "await queries.invalidateQueries({ queryKey: ['mine', userId, 'notifications'] });", replace: '', ...PURCHASE },
  // What the shop is told.
  { what: 'going to the checkout is not noted', in: 'src/', search: "track('checkout.start'", replace: "void ('checkout.start'", ...TRACKING },
  { what: 'buying is not noted', in: 'src/', search: "track('checkout.complete'", replace: "void ('checkout.complete'", ...TRACKING },
  { what: 'searching is not noted', in: 'src/features/catalog/Catalog.tsx', search: "track('product.search'", replace: "void ('product.search'", ...TRACKING },
  { what: 'putting into the basket is not noted', in: 'src/', search: "track('basket.add'", replace: "void ('basket.add'", ...TRACKING },
  { what: 'events of one visitor have one id', in: 'src/lib/track.ts', search: 'eventId: env.newId()', replace: "eventId: 'one'", ...TRACKING },
  { what: 'a refund has no key', in: 'src/features/admin/orders/RefundForm.tsx', search: "header: { 'Idempotency-Key': key }", replace: "header: key === '' ? { 'Idempotency-Key': key } : {}", ...REFUND },
  { what: 'moving stock has no key', in: 'src/features/admin/stock/saveMovement.ts', search: "'Idempotency-Key': key, ", replace: '', unit: 'src/features/admin/stock/saveMovement.test.ts', test: 'a movement keeps its idempotency key until there is a response, and the next one has a new key' },
  { what: 'a new product has no key', in: 'src/features/admin/products/save.ts', search: "header: { 'Idempotency-Key': key }", replace: 'header: {}', unit: SAVE, test: 'a new product keeps its idempotency key until there is a response' },
  { what: 'a product is saved over somebody else’s change', in: 'src/features/admin/products/save.ts', search: "header: { 'If-Match': version }", replace: 'header: {}', unit: SAVE, test: 'a product is saved with the version that was edited' },
  { what: 'a message has no key', in: 'src/features/admin/messages/sendMessage.ts', search: "header: { 'Idempotency-Key': key }", replace: 'header: {}', unit: 'src/features/admin/messages/sendMessage.test.ts', test: 'a message keeps its idempotency key until there is a response' },
  { what: 'requests carry no token', in: 'src/lib/api/client.ts', search: "request.headers.set('authorization', `Bearer ${token}`);", replace: '', unit: CLIENT, test: 'sends the token, and expires a session that the API rejects' },
  { what: 'a session that was refused goes on', in: 'src/lib/api/client.ts', search: 'expireSession(token);', replace: ';', unit: CLIENT, test: 'sends the token, and expires a session that the API rejects' },
  // Numbers, thresholds and orders.
  { what: 'the conversion rate is upside down', in: 'src/features/admin/dashboard/SummaryTiles.tsx', search: '(purchases / views)', replace: '(views / purchases)', unit: DASHBOARD, test: 'the summary shows purchases per 100 views' },
  { what: 'the funnel is upside down', in: 'src/features/admin/dashboard/Charts.tsx', search: '(count / first)', replace: '(first / count)', unit: DASHBOARD, test: 'each step of the funnel is a percentage of the views' },
  { what: '“Only N left” from 50', in: 'src/components/ui/StockLabel.tsx', search: 'const LOW_STOCK = 5;', replace: 'const LOW_STOCK = 50;', unit: 'src/components/ui/StockLabel.test.tsx', test: 'shows the quantity only when stock is low' },
  { what: 'the shop has dollars', in: 'src/lib/money.ts', search: "const CURRENCY = 'EUR'", replace: "const CURRENCY = 'USD'", unit: 'src/lib/text.test.ts', test: 'sums in cents, not floats' },
  { what: 'sums are of floats', in: 'src/lib/money.ts', search: 'Math.round(line.price * 100)', replace: 'line.price * 100', unit: 'src/lib/text.test.ts', test: 'sums in cents, not floats' },
  { what: 'one more than there are', in: 'src/features/basket/QuantityField.tsx', search: 'disabled={value >= max}', replace: 'disabled={value > max}', unit: 'src/features/basket/QuantityField.test.tsx', test: 'a quantity of 5 of at most 5 disables' },
  { what: 'the worst review is first where the best should be', in: 'src/features/reviews/queries.ts', search: "'-rating': 'Highest rated', rating: 'Lowest rated'", replace: "rating: 'Highest rated', '-rating': 'Lowest rated'", ...LISTS },
  { what: 'the dearest is first where the cheapest should be', in: 'src/features/catalog/filters.ts', search: "price: 'Price: low to high', '-price': 'Price: high to low'", replace: "'-price': 'Price: low to high', price: 'Price: high to low'", ...FILTERS },
  // Where links lead, and for whom.
  { what: '“All products” leads home', in: 'src/app/shell/Footer.tsx', search: '<Link to="/products">', replace: '<Link to="/">', ...AROUND },
  { what: '“Top rated” leads to the cheapest', in: 'src/features/catalog/Hero.tsx', search: 'to="/products?sort=-rating"', replace: 'to="/products?sort=price"', ...AROUND },
  { what: '“See all” forgets what it is of', in: 'src/features/catalog/ProductRow.tsx', search: 'search: toSearchParams(filters).toString()', replace: "search: ''", ...AROUND },
  { what: 'the back office is offered to everybody', in: 'src/app/shell/Header.tsx', search: "who?.role === 'admin' &&", replace: 'who &&', ...AROUND },
  { what: 'the back office is open to everybody', in: 'src/app/guards.tsx', search: "if (who.role === 'admin')", replace: "if (who.role !== 'x')", journey: 'e2e/session.spec.ts', test: 'customers have no access to the admin pages' },
  { what: 'a tab has the shop’s name alone', in: 'src/components/ui/Page.tsx', search: 'title === SHOP ? SHOP :', replace: 'title !== SHOP ? SHOP :', ...AROUND },
  // What is said when there is nothing, or something went wrong, and to whom.
  { what: 'orders that cannot be had are no orders', in: 'src/features/orders/OrderList.tsx', search: 'list.isError && orders.length === 0', replace: 'list.isError && orders.length < 0', ...FAILURES },
  { what: 'a catalogue that cannot be had is empty', in: 'src/features/catalog/Catalog.tsx', search: '{list.isError && <LoadError', replace: '{list.isLoadingError === null && <LoadError', ...FAILURES },
  { what: 'a list of the back office that cannot be had is empty', in: 'src/features/admin/components/PagedList.tsx', search: '{query.isError && (', replace: '{query.isError === null && (', ...OFFICE_FAILURES },
  { what: 'no orders are a white page', in: 'src/features/orders/OrderList.tsx', search: 'if (orders.length === 0) {', replace: 'if (orders.length < 0) {', ...LEAVING },
  { what: 'a failure is not announced', in: 'src/components/ui/State.tsx', search: '<div className={styles.failed} role="alert">', replace: '<div className={styles.failed}>', unit: STATE, test: 'announces the error, when to retry, and a reference for server errors' },
  { what: 'a refusal is not announced', in: 'src/components/ui/State.tsx', search: "tone === 'bad' ||", replace: '', unit: STATE, test: 'a notice that is bad interrupts a screen reader: true' },
  { what: 'banners are not announced', in: 'src/app/shell/Banners.tsx', search: '<div className={styles.place} role="status">', replace: '<div className={styles.place}>', ...RELOAD },
  { what: 'an error is not tied to its field', in: 'src/components/ui/Field.tsx', search: "'aria-describedby': described || undefined", replace: "'aria-describedby': undefined", unit: FIELD, test: 'has a label, and its error is described before its hint' },
  { what: 'a new page does not take the focus', in: 'src/app/shell/Shell.tsx', search: 'main.current?.focus({ preventScroll: true });', replace: '', journey: 'e2e/catalogue.spec.ts', test: 'the shop can be used by keyboard' },
  { what: 'a form does not lead to what is wrong', in: 'src/lib/useForm.ts', search: 'focusFirstInvalid(form.current, toProblem(', replace: '((..._: unknown[]) => undefined)(form.current, toProblem(', journey: 'e2e/session.spec.ts', test: 'form errors are shown at their fields' },
  { what: 'products have no words for their pictures', in: 'src/components/ui/ProductImage.tsx', search: 'alt={alt} width={400}', replace: 'alt="" width={400}', unit: 'src/components/ui/Figures.test.tsx', test: 'a missing image is a placeholder with the same alternative text' },
];
