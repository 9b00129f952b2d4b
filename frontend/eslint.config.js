import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import playwright from 'eslint-plugin-playwright';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Three floors, and no stairs up: lib < components/ui < features < app. Features do not know each
// other; pages in `app` put them together. Held by lint/floors.test.ts.
const SIDEWAYS = { regex: '^@/features/|^\\.\\./', message: 'A feature does not import another; a page in src/app puts them together.' };
const UP_TO_APP = { regex: '^@/app/|^@/main', message: 'src/app is the top floor: nothing below imports it.' };
const UP_TO_FEATURES = { regex: '^@/features/|/features/', message: 'Features stand above this floor.' };
const UP_TO_UI = { regex: '^@/components/|/components/', message: 'src/lib knows no components.' };
const floor = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'src/lib/api/schema.gen.d.ts', 'test-output', 'public'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [hooks.configs.flat['recommended-latest'], a11y.flatConfigs.strict],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text stays text.' },
        { selector: "MemberExpression[property.name=/^(inner|outer)HTML$/]", message: 'Text stays text.' },
      ],
      'no-restricted-globals': ['error', { name: 'fetch', message: 'Go through @/lib/api/client, which is patient and knows the session.' }],
      'max-lines': ['error', { max: 200 }],
      // Safari takes a list without bullets for none, unless it is told.
      'jsx-a11y/no-redundant-roles': ['error', { ul: ['list'], ol: ['list'] }],
      'jsx-a11y/label-has-associated-control': ['error', { assert: 'either', depth: 4 }],
    },
  },
  {
    files: ['e2e/**'],
    extends: [playwright.configs['flat/recommended']],
    rules: {
      'playwright/expect-expect': ['error', { assertFunctionNames: ['visit', 'failsKindly'] }],
      // A handler that stands for the shop answers as it is asked; what is expected is never conditional.
      'playwright/no-conditional-in-test': 'off',
      'playwright/no-conditional-expect': 'error',
    },
  },
  { files: ['src/lib/**'], rules: { ...floor(UP_TO_APP, UP_TO_FEATURES, UP_TO_UI), 'no-restricted-globals': 'off' } },
  { files: ['src/components/**'], rules: floor(UP_TO_APP, UP_TO_FEATURES) },
  { files: ['src/features/**'], rules: floor(UP_TO_APP, SIDEWAYS) },
  // The back office's table of routes is the one that knows its parts, which do not know each other.
  {
    files: ['src/features/admin/**'],
    rules: floor(UP_TO_APP, {
      regex: '^@/features/(?!admin-)|^\\.\\./(?!admin-)',
      message: 'The back office puts its own parts together, and no others.',
    }),
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', fetch: 'readonly', setTimeout: 'readonly' } },
  },
);
