import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { DOCUMENT } from '../../../src/http/openapi/document.ts'

const NARROWING = /^(-[gfi]|--(grep|fgrep|invert))(=|$)/

/** Whether all test files are among those that ran, each of them whole. */
export const isWholeSuite = (ran: ReadonlySet<string>, args: readonly string[] = process.argv): boolean =>
  !args.some((arg) => NARROWING.test(arg)) && globSync('test/**/*.test.ts').every((file) => ran.has(resolve(file)))

/** The statuses that are described and that no test has seen: `GET /users 401`. What any path may answer is promised of none. */
export const unseen = (seen: ReadonlySet<string>): readonly string[] =>
  Object.entries(DOCUMENT.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { responses }]) =>
      Object.keys(responses)
        .filter((status) => status !== 'default')
        .map((status) => `${method.toUpperCase()} ${path} ${status}`)
        .filter((answer) => !seen.has(answer)),
    ),
  )
