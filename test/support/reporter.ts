import { createRequire } from 'node:module'

const Mocha = createRequire(import.meta.url)('mocha') as typeof import('mocha')
const { EVENT_RUN_END } = Mocha.Runner.constants

/** Mocha's spec reporter with the closing line `N passed, N failed[, N skipped]`. */
export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    runner.once(EVENT_RUN_END, () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats
      console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
    })
  }
}
