/**
 * Faults that were or could have been introduced into the storefront, and the test that detects each.
 *
 * `in` is a file, or a folder (with a trailing slash) in which the text occurs in one file. White space in `search`
 * matches any white space. lint/mutations.test.ts fails if a text or a test does not exist; `make ui-mutants`
 * puts each fault into a copy of the sources and fails if its test still passes.
 *
 * @typedef {{ what: string, in: string, search: string, replace: string, unit?: string, e2e?: string, test: string }} Mutation
 */

const LISTS = { e2e: 'e2e/pagination.spec.ts', test: 'customer lists are paginated and sorted' };
const ADMIN_LISTS = { e2e: 'e2e/pagination.spec.ts', test: 'admin lists are paginated' };
const TRACKING = { e2e: 'e2e/tracking.spec.ts', test: 'each step from a search to a purchase is tracked once, without personal data' };
const THEME = { e2e: 'e2e/shell.spec.ts', test: 'the theme button cycles through the themes, and the choice persists' };
const SHELL_LINKS = { e2e: 'e2e/shell.spec.ts', test: 'the header and footer link to the right pages' };
const RELOAD = { e2e: 'e2e/shell.spec.ts', test: 'a page whose file could not be loaded can be reloaded' };
const LOGOUT = { e2e: 'e2e/logout.spec.ts', test: 'the data of a user is cleared after logging out' };
const LOAD_ERRORS = { e2e: 'e2e/load-errors.spec.ts', test: 'shop pages that fail to load can be retried' };
const ADMIN_LOAD_ERRORS = { e2e: 'e2e/load-errors.spec.ts', test: 'admin pages that fail to load can be retried' };
const REFRESH = { e2e: 'e2e/admin-refresh.spec.ts', test: 'lists show changes without a reload' };
const CONFIRMATION = { e2e: 'e2e/admin-confirmations.spec.ts', test: 'a closing confirmation does not change its action and cannot be confirmed twice' };
const REFUND = { e2e: 'e2e/admin-refresh.spec.ts', test: 'a refund whose response was lost is executed once' };
const PURCHASE = { e2e: 'e2e/purchase.spec.ts', test: 'sign up, search, buy, see the order and its notification, review, log out' };
const FILTERS = { e2e: 'e2e/catalog.spec.ts', test: 'search and filters are in the URL, and the back button undoes them' };
const DIALOG = { e2e: 'e2e/dialogs.spec.ts', test: 'a confirmation takes the focus, keeps it, and returns it when Escape closes it' };
const TOAST = { e2e: 'e2e/dialogs.spec.ts', test: 'a toast is announced, is reached with F6, and returns the focus when it is dismissed' };
const FIRST_LOAD = { e2e: 'e2e/first-load.spec.ts', test: 'the pages of a first visit need few requests, and request their data once, before the script runs' };
const DASHBOARD = 'src/features/admin/dashboard/Dashboard.test.tsx';
const STATE = 'src/components/ui/State.test.tsx';
const FIELD = 'src/components/ui/Field.test.tsx';
const SAVE = 'src/features/admin/products/save.test.ts';
const CLIENT = 'src/lib/api/client.test.ts';
const RETURN = { e2e: 'e2e/returns.spec.ts', test: 'a request for a return whose response was lost counts once' };

const noNextPage = { search: '{list.hasNextPage && (', replace: '{list.hasNextPage === null && (' };

/** @type {readonly Mutation[]} */
export const MUTATIONS = [
  // Buttons.
  { what: 'a closing confirmation changes its action', in: 'src/components/ui/ConfirmButton.tsx', search: '{opened.confirmLabel}', replace: '{props.confirmLabel}', ...CONFIRMATION },
  { what: 'a confirmation can be confirmed twice', in: 'src/components/ui/ConfirmButton.tsx', search: 'onClick={() => open && confirm()}', replace: 'onClick={confirm}', ...CONFIRMATION },
  { what: 'the theme button does nothing', in: 'src/app/shell/ThemeButton.tsx', search: 'onClick={() => choose(next)}', replace: 'onClick={() => undefined}', ...THEME },
  { what: 'the theme is not stored', in: 'src/lib/theme.ts', search: 'localStorage.setItem(name, JSON.parse(json) as string)', replace: 'void [name, json]', ...THEME },
  { what: 'the reload button does nothing', in: 'src/app/pages/fallbacks.tsx', search: 'onClick={() => window.location.reload()}', replace: '', ...RELOAD },
  { what: '“Try again” does nothing', in: 'src/components/ui/State.tsx', search: '<Button size="s" onClick={onRetry}>', replace: '<Button size="s">', ...LOAD_ERRORS },
  { what: 'no older orders', in: 'src/features/orders/OrderList.tsx', ...noNextPage, ...LISTS },
  { what: 'no older notifications', in: 'src/features/notifications/NotificationList.tsx', ...noNextPage, ...LISTS },
  { what: 'no more reviews', in: 'src/features/reviews/ReviewList.tsx', ...noNextPage, ...LISTS },
  { what: 'no more rows in admin lists', in: 'src/features/admin/components/PagedList.tsx', search: '{query.hasNextPage && (', replace: '{query.hasNextPage === null && (', ...ADMIN_LISTS },
  { what: 'no more products', in: 'src/features/catalog/Catalog.tsx', ...noNextPage, e2e: 'e2e/catalog.spec.ts', test: 'the product list is paginated' },
  { what: 'every page of the ledger is the first one', in: 'src/features/admin/stock/queries.ts', search: "...(pageParam !== '' && { cursor: pageParam })", replace: "...(pageParam === '' && {})", ...ADMIN_LISTS },
  { what: 'a filter cannot be removed', in: 'src/features/catalog/ActiveFilters.tsx', search: 'changeFilters(filters, { [name]: undefined })', replace: 'changeFilters(filters, {})', ...FILTERS },
  // Cached data.
  { what: 'user data is kept after the session', in: 'src/app/App.tsx', search: 'clearOnUserChange();', replace: '', ...LOGOUT },
  { what: 'the product list is not refreshed after a save', in: 'src/features/admin/products/EditProductPage.tsx', search: "void queries.invalidateQueries({ queryKey: ['products'] });", replace: '', ...REFRESH },
  { what: 'an order is not refreshed after a status change', in: 'src/features/admin/orders/queries.ts', search: "queries.invalidateQueries({ queryKey: ['admin'] }),", replace: '', ...REFRESH },
  { what: 'reviews are not refreshed after a change', in: 'src/features/reviews/queries.ts', search: "queries.invalidateQueries({ queryKey: ['reviews', productId] }),", replace: '', ...PURCHASE },
  { what: 'notifications are not refreshed after they are read', in: 'src/features/notifications/queries.ts', search: "await queries.invalidateQueries({ queryKey: ['mine', userId, 'notifications'] });", replace: '', ...PURCHASE },
  // What the API receives.
  { what: 'starting a checkout is not tracked', in: 'src/', search: "track('checkout.start'", replace: "void ('checkout.start'", ...TRACKING },
  { what: 'a purchase is not tracked', in: 'src/', search: "track('checkout.complete'", replace: "void ('checkout.complete'", ...TRACKING },
  { what: 'a search is not tracked', in: 'src/features/catalog/Catalog.tsx', search: "track('product.search'", replace: "void ('product.search'", ...TRACKING },
  { what: 'adding to the basket is not tracked', in: 'src/', search: "track('basket.add'", replace: "void ('basket.add'", ...TRACKING },
  { what: 'all events have the same id', in: 'src/lib/track.ts', search: 'eventId: env.newId()', replace: "eventId: 'one'", ...TRACKING },
  { what: 'a refund has no idempotency key', in: 'src/features/admin/orders/RefundForm.tsx', search: "header: { 'Idempotency-Key': key }", replace: "header: key === '' ? { 'Idempotency-Key': key } : {}", ...REFUND },
  { what: 'a stock movement has no idempotency key', in: 'src/features/admin/stock/saveMovement.ts', search: "'Idempotency-Key': key, ", replace: '', unit: 'src/features/admin/stock/saveMovement.test.ts', test: 'a movement keeps its idempotency key until there is a response, and the next one has a new key' },
  { what: 'a new product has no idempotency key', in: 'src/features/admin/products/save.ts', search: "header: { 'Idempotency-Key': key }", replace: 'header: {}', unit: SAVE, test: 'a new product keeps its idempotency key until there is a response' },
  { what: 'a product is saved over another user’s change', in: 'src/features/admin/products/save.ts', search: "header: { 'If-Match': version }", replace: 'header: {}', unit: SAVE, test: 'a product is saved with the version that was edited' },
  { what: 'a message has no idempotency key', in: 'src/features/admin/messages/sendMessage.ts', search: "header: { 'Idempotency-Key': key }", replace: 'header: {}', unit: 'src/features/admin/messages/sendMessage.test.ts', test: 'a message keeps its idempotency key until there is a response' },
  { what: 'requests have no token', in: 'src/lib/api/client.ts', search: "request.headers.set('authorization', `Bearer ${token}`);", replace: '', unit: CLIENT, test: 'sends the token, and expires a session that the API rejects' },
  { what: 'a request for a return has no idempotency key', in: 'src/features/orders/ReturnForm.tsx', search: ", header: { 'Idempotency-Key': key } }, body", replace: ", header: key === '' ? { 'Idempotency-Key': key } : {} }, body", ...RETURN },
  { what: 'the link of an order is opened with the session', in: 'src/lib/api/client.ts', search: "searchParams.has('key') ||", replace: '', unit: CLIENT, test: 'by the link of an order has no token, and a key that is no longer valid does not end the session' },
  { what: 'a guest whose session ends is asked to log in again', in: 'src/lib/session.ts', search: 'user && hasAccount(user) ? user.id : undefined', replace: 'user?.id', unit: 'src/lib/session.test.ts', test: 'of a guest is that of a visitor for who comes next' },
  { what: 'a rejected session does not expire', in: 'src/lib/api/client.ts', search: 'expireSession(token);', replace: ';', unit: CLIENT, test: 'sends the token, and expires a session that the API rejects' },
  // Numbers, thresholds and sorting.
  { what: 'the conversion rate is inverted', in: 'src/features/admin/dashboard/SummaryTiles.tsx', search: '(purchases / views)', replace: '(views / purchases)', unit: DASHBOARD, test: 'the summary shows purchases per 100 views' },
  { what: 'the funnel is inverted', in: 'src/features/admin/dashboard/Charts.tsx', search: '(count / first)', replace: '(first / count)', unit: DASHBOARD, test: 'each step of the funnel is a percentage of the views' },
  { what: '“Only N left” from 50', in: 'src/components/ui/StockLabel.tsx', search: 'const LOW_STOCK = 5;', replace: 'const LOW_STOCK = 50;', unit: 'src/components/ui/StockLabel.test.tsx', test: 'shows the quantity only when stock is low' },
  { what: 'prices are in dollars', in: 'src/lib/money.ts', search: "DEFAULT_CURRENCY = 'EUR'", replace: "DEFAULT_CURRENCY = 'USD'", unit: 'src/lib/text.test.ts', test: 'sums in cents, not floats' },
  { what: 'a discount is not among the money lines', in: 'src/lib/moneyLines.ts', search: 'if (discount > 0)', replace: 'if (discount > 1e9)', unit: 'src/lib/moneyLines.test.ts', test: 'with a discount, shipping and included tax' },
  { what: 'an included tax is added', in: 'src/lib/moneyLines.ts', search: 'tax > 0 && !taxIncluded', replace: 'tax > 0', unit: 'src/lib/moneyLines.test.ts', test: 'with a discount, shipping and included tax' },
  { what: 'a quote is a write', in: 'src/lib/api/deadline.ts', search: "method === 'POST' && new URL", replace: "method === 'PATCH' && new URL", unit: 'src/lib/api/deadline.test.ts', test: 'has no side effects' },
  { what: 'a quote ignores the address', in: 'src/features/checkout/quote.ts', search: '...(address && { shippingAddress: address }),', replace: '', unit: 'src/features/checkout/quote.test.ts', test: 'with all of it' },
  { what: 'what is being typed is already wrong', in: 'src/features/checkout/draft.ts', search: 'field === typing ? [] : quoted', replace: 'quoted', unit: 'src/features/checkout/draft.test.ts', test: 'wait until the field is left, unless it was submitted' },
  { what: 'a lost new code is an error although it was added', in: 'src/features/admin/lib/createOrFind.ts', search: '!error.outcomeUnknown', replace: 'error.status !== -1', unit: 'src/features/admin/lib/createOrFind.test.ts', test: 'after a lost response returns what the list has' },
  { what: 'the pieces of a declined return cannot be returned', in: 'src/lib/returns.ts', search: "status === 'rejected' ? [] : items", replace: 'status === undefined ? [] : items', unit: 'src/lib/returns.test.ts', test: 'are those of a declined return as well' },
  { what: 'items can be returned when the time is over', in: 'src/features/orders/returns.ts', search: 'now <= Date.parse(returnableUntil)', replace: 'now > 0', unit: 'src/features/orders/returns.test.ts', test: 'an order can be returned until the last moment' },
  { what: 'the share of pieces is rounded for each refund', in: 'src/features/admin/orders/refunds.ts', search: 'share(refunded + pieces) - share(refunded)', replace: 'share(pieces)', unit: 'src/features/admin/orders/refunds.test.ts', test: 'cost the total together, one by one or in any steps' },
  { what: 'sums are floats', in: 'src/lib/money.ts', search: 'Math.round(line.price * 100)', replace: 'line.price * 100', unit: 'src/lib/text.test.ts', test: 'sums in cents, not floats' },
  { what: 'the quantity can exceed the stock', in: 'src/features/basket/QuantityField.tsx', search: 'disabled={value >= max}', replace: 'disabled={value > max}', unit: 'src/features/basket/QuantityField.test.tsx', test: 'a quantity of 5 of at most 5 disables' },
  { what: 'reviews are sorted in reverse', in: 'src/features/reviews/queries.ts', search: "'-rating': 'Highest rated', rating: 'Lowest rated'", replace: "rating: 'Highest rated', '-rating': 'Lowest rated'", ...LISTS },
  { what: 'prices are sorted in reverse', in: 'src/features/catalog/filters.ts', search: "price: 'Price: low to high', '-price': 'Price: high to low'", replace: "'-price': 'Price: low to high', price: 'Price: high to low'", ...FILTERS },
  // Links and access.
  { what: '“All products” links to the homepage', in: 'src/app/shell/Footer.tsx', search: '<Link to="/products">', replace: '<Link to="/">', ...SHELL_LINKS },
  { what: '“Top rated” is sorted by price', in: 'src/features/catalog/Hero.tsx', search: 'to="/products?sort=-rating"', replace: 'to="/products?sort=price"', ...SHELL_LINKS },
  { what: '“See all” has no filters', in: 'src/features/catalog/ProductRow.tsx', search: 'search: toSearchParams(filters).toString()', replace: "search: ''", ...SHELL_LINKS },
  { what: 'the admin link is shown to everyone', in: 'src/app/shell/Header.tsx', search: "user?.role === 'admin' &&", replace: 'user &&', ...SHELL_LINKS },
  { what: 'the admin pages are open to everyone', in: 'src/app/guards.tsx', search: "if (user.role === 'admin')", replace: "if (user.role !== 'x')", e2e: 'e2e/session.spec.ts', test: 'customers have no access to the admin pages' },
  { what: 'the page title has only the shop’s name', in: 'src/components/ui/Page.tsx', search: 'title === SHOP ? SHOP :', replace: 'title !== SHOP ? SHOP :', ...SHELL_LINKS },
  // Empty states, errors and announcements.
  { what: 'orders that fail to load look like no orders', in: 'src/features/orders/OrderList.tsx', search: 'list.isError && orders.length === 0', replace: 'list.isError && orders.length < 0', ...LOAD_ERRORS },
  { what: 'products that fail to load look like no products', in: 'src/features/catalog/Catalog.tsx', search: '{list.isError && <LoadError', replace: '{list.isLoadingError === null && <LoadError', ...LOAD_ERRORS },
  { what: 'admin lists that fail to load look empty', in: 'src/features/admin/components/PagedList.tsx', search: '{query.isError && (', replace: '{query.isError === null && (', ...ADMIN_LOAD_ERRORS },
  { what: 'an empty order list is a blank page', in: 'src/features/orders/OrderList.tsx', search: 'if (orders.length === 0) {', replace: 'if (orders.length < 0) {', ...LOGOUT },
  { what: 'a load error is not announced', in: 'src/components/ui/State.tsx', search: '<div className={styles.failed} role="alert">', replace: '<div className={styles.failed}>', unit: STATE, test: 'announces the error, when to retry, and a reference for server errors' },
  { what: 'an error notice is not announced', in: 'src/components/ui/State.tsx', search: "tone === 'bad' ||", replace: '', unit: STATE, test: 'a notice that is bad interrupts a screen reader: true' },
  { what: 'banners are not announced', in: 'src/app/shell/Banners.tsx', search: '<div className={styles.banners} role="status">', replace: '<div className={styles.banners}>', ...RELOAD },
  { what: 'an error is not associated with its field', in: 'src/components/ui/Field.tsx', search: "'aria-describedby': described || undefined", replace: "'aria-describedby': undefined", unit: FIELD, test: 'has a label, and its error is described before its hint' },
  { what: 'a new page does not get the focus', in: 'src/app/shell/Shell.tsx', search: 'main.current?.focus({ preventScroll: true });', replace: '', e2e: 'e2e/catalog.spec.ts', test: 'the shop can be used by keyboard' },
  { what: 'a form does not focus the first invalid field', in: 'src/lib/useForm.ts', search: 'focusFirstInvalid(form.current, toProblem(', replace: '((..._: unknown[]) => undefined)(form.current, toProblem(', e2e: 'e2e/session.spec.ts', test: 'form errors are shown at their fields' },
  { what: 'a dialog does not take the focus', in: 'src/components/ui/Modal.tsx', search: 'if (!dialog.open) dialog.showModal();', replace: 'dialog.open = true;', ...DIALOG },
  { what: 'Escape does not close a confirmation', in: 'src/components/ui/Modal.tsx', search: "if (open && closedBy !== 'none') onCancel();", replace: '', ...DIALOG },
  { what: 'F6 does not focus the toasts', in: 'src/components/ui/Toasts.tsx', search: "if (event.key !== 'F6' ||", replace: "if (event.key !== 'F7' ||", ...TOAST },
  { what: 'a dismissed toast loses the focus', in: 'src/components/ui/Toasts.tsx', search: 'else if (before.current instanceof HTMLElement) before.current.focus();', replace: '', ...TOAST },
  // What a first visit costs.
  { what: 'images far below are loaded at once', in: 'src/components/ui/ProductImage.tsx', search: 'src={near ? src : undefined}', replace: 'src={src}', ...FIRST_LOAD },
  { what: 'names are requested one by one', in: 'src/features/admin/lib/users.ts', search: 'const MAX_IDS = 100;', replace: 'const MAX_IDS = 1;', e2e: 'e2e/first-load.spec.ts', test: 'an admin list asks for the names of all customers at once' },
  { what: 'product images have no alternative text', in: 'src/components/ui/ProductImage.tsx', search: 'alt={alt} width={400}', replace: 'alt="" width={400}', unit: 'src/components/ui/display.test.tsx', test: 'a missing image is a placeholder with the same alternative text' },
];
