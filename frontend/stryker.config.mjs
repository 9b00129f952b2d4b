/**
 * A mutation run over code that needs no browser: `npm run mutants`, a few minutes. Each mutant of these files
 * should be killed by a unit test. For the browser there are the faults of mutations/: `make ui-mutants`.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  coverageAnalysis: 'perTest',
  // Static mutants each need a run of all unit tests, and most of them are texts and formats.
  ignoreStatic: true,
  concurrency: 1,
  // A slow machine must not count as a detected fault.
  timeoutMS: 20_000,
  // Raise `break` when the score improves; never lower it.
  thresholds: { high: 90, low: 85, break: 85 },
  mutate: [
    'src/lib/**/*.ts',
    // Hooks and queries, which mostly consist of React and browser APIs.
    '!src/lib/{theme,useForm,useIsWideScreen,useOnline}.ts',
    '!src/lib/api/products.ts',
    'src/features/admin/lib/parse.ts',
    'src/features/**/{basket,fields,filters,imageUrl,lines,message,movement,periods,purchase,save,saveMovement,scale,status,transitions}.ts',
    '!src/**/*.test.ts',
    '!src/**/*.gen.d.ts',
  ],
  tempDirName: 'test-output/stryker',
  ignorePatterns: ['dist', 'test-output'],
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: 'test-output/mutants.json' },
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
};
