import { ESLint } from 'eslint';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

// Tests the import rules of eslint.config.js on the paths of existing files. They need no type information,
// and are much faster without it.
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

async function violations(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: `src/${file}` });
  return result?.messages.map((message) => message.ruleId) ?? [];
}

const IMPORTS = 'no-restricted-imports';

describe('layers', () => {
  it.each([
    ['features/account/LogIn.tsx', "import '@/features/basket/basket';"],
    ['features/account/LogIn.tsx', "import '../basket/basket';"],
    ['features/account/LogIn.tsx', "import '@/app/queries';"],
    ['features/admin/routes.tsx', "import '@/features/account/LogIn';"],
    ['features/admin/routes.tsx', "import '../account/LogIn';"],
    ['features/admin/orders/OrdersPage.tsx', "import '../products/ProductForm';"],
    ['features/admin/orders/OrdersPage.tsx', "import '../../basket/basket';"],
    ['features/admin/orders/OrdersPage.tsx', "import '@/features/admin/products/ProductForm';"],
    ['features/admin/components/Table.tsx', "import '../orders/Timeline';"],
    ['features/admin/lib/parse.ts', "import '../components/Table';"],
    ['components/ui/Button.tsx', "import '@/features/account/LogIn';"],
    ['components/ui/Button.tsx', "import '../../features/account/LogIn';"],
    ['lib/money.ts', "import '@/components/ui/Button';"],
    ['lib/money.ts', "import '@/app/queries';"],
  ])('%s may not %s', async (file, code) => {
    expect(await violations(file, code)).toContain(IMPORTS);
  }, 60_000);

  it.each([
    ['app/App.tsx', "import '@/features/account/LogIn';"],
    ['features/account/LogIn.tsx', "import './logOut';"],
    ['features/account/LogIn.tsx', "import '@/components/ui/Button';"],
    ['features/admin/routes.tsx', "import './orders/OrdersPage';"],
    ['features/admin/orders/OrdersPage.tsx', "import '../components/Table';"],
    ['features/admin/orders/OrdersPage.tsx', "import '../lib/parse';"],
    ['features/admin/components/Table.tsx', "import '../lib/parse';"],
    ['components/ui/Button.tsx', "import '@/lib/money';"],
  ])('%s may %s', async (file, code) => {
    expect(await violations(file, code)).not.toContain(IMPORTS);
  }, 60_000);
});

it('forbids HTML from strings', async () => {
  const code = 'export const A = () => <p dangerouslySetInnerHTML={{ __html: "x" }} />;';
  expect(await violations('features/account/LogIn.tsx', code)).toContain('no-restricted-syntax');
});
