import { createRequire } from 'node:module'
import { isWholeSuite, unseen } from './description/everyStatusSeen.ts'
import { collectSeen } from './description/seen.ts'

const Mocha = createRequire(import.meta.url)('mocha') as typeof import('mocha')
const { EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_FAIL } = Mocha.Runner.constants

/** A failure that is none of a single test. */
const failure = (of: string, title: string): Mocha.Test => {
  const test = new Mocha.Test(title, () => undefined)
  new Mocha.Suite(of, new Mocha.Context()).addTest(test)
  return test
}

/**
 * Mocha's spec reporter with the closing line `N passed, N failed[, N skipped]`. Where every test ran and passed, a status that is
 * described and that none of them has seen is one more failure.
 */
export default class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const seen = collectSeen()
    const ran = new Set<string>()
    runner.on(EVENT_TEST_END, ({ file }: Mocha.Test) => {
      if (file !== undefined) ran.add(file)
    })
    // Before what the others make of the end.
    runner.prependOnceListener(EVENT_RUN_END, () => {
      if ((this.stats.failures ?? 0) > 0 || !isWholeSuite(ran)) return
      const missing = unseen(seen())
      if (missing.length === 0) return
      runner.failures += 1
      const test = failure('the description of the API', 'promises no status that no test has seen')
      runner.emit(EVENT_TEST_FAIL, test, new Error(`described, and never seen:\n${missing.join('\n')}`))
    })
    runner.once(EVENT_RUN_END, () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats
      console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
    })
  }
}
