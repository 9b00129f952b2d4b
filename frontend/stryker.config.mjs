/**
 * A mutation run over what needs no browser: `npm run mutants`, some minutes. Each change of these files
 * must be noticed by a unit. What the browser does is held by the journeys: mutations/, `make ui-mutants`.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  coverageAnalysis: 'perTest',
  // What runs when a file is read costs a run of all units each, and most of it is words and formats.
  ignoreStatic: true,
  concurrency: 1,
  // A busy machine is no fault that was noticed.
  timeoutMS: 20_000,
  // It goes up where more is noticed, and never down.
  thresholds: { high: 90, low: 85, break: 85 },
  mutate: [
    'src/lib/**/*.ts',
    // Hooks and queries: React and the browser are most of them.
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
