import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

// The rules of eslint.config.js that keep the floors apart, tried on files that do exist. They need
// no types, and without them they are quick.
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  overrideConfig: [tseslint.configs.disableTypeChecked],
});

async function complaints(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: `src/${file}` });
  return result?.messages.map((message) => message.ruleId) ?? [];
}

const FLOOR = 'no-restricted-imports';

describe('floors', () => {
  it.each([
    ['features/account/LogIn.tsx', "import '@/features/basket/basket';"],
    ['features/account/LogIn.tsx', "import '../basket/basket';"],
    ['features/account/LogIn.tsx', "import '@/app/queries';"],
    ['features/admin/routes.tsx', "import '@/features/account/LogIn';"],
    ['components/ui/Button.tsx', "import '@/features/account/LogIn';"],
    ['components/ui/Button.tsx', "import '../../features/account/LogIn';"],
    ['lib/money.ts', "import '@/components/ui/Button';"],
    ['lib/money.ts', "import '@/app/queries';"],
  ])('%s may not %s', async (file, code) => {
    expect(await complaints(file, code)).toContain(FLOOR);
  }, 60_000);

  it.each([
    ['app/App.tsx', "import '@/features/account/LogIn';"],
    ['features/account/LogIn.tsx', "import './logOut';"],
    ['features/account/LogIn.tsx', "import '@/components/ui/Button';"],
    ['features/admin/routes.tsx', "import '@/features/admin-orders/Orders';"],
    ['components/ui/Button.tsx', "import '@/lib/money';"],
  ])('%s may %s', async (file, code) => {
    expect(await complaints(file, code)).not.toContain(FLOOR);
  }, 60_000);
});

it('lets no text become markup', async () => {
  const code = 'export const A = () => <p dangerouslySetInnerHTML={{ __html: "x" }} />;';
  expect(await complaints('features/account/LogIn.tsx', code)).toContain('no-restricted-syntax');
});
