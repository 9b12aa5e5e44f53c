import { drawMachine } from './drawMachine.ts'
import { drawStatecharts } from './statechart/statecharts.ts'

/** What the machine draws of itself: file, from the folder of the project on -> text. */
export const drawings = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['docs/machine.md', drawMachine()],
    ...[...(await drawStatecharts())].map(
      ([region, svg]) => [`src/http/page/user/statecharts/${region}.svg`, svg] as const,
    ),
  ])

/** The files whose text is not what the machine draws today; `read` gives `null` for one that is not there. */
export const staleDrawings = async (read: (file: string) => string | null): Promise<readonly string[]> =>
  [...(await drawings())].flatMap(([file, text]) => (read(file) === text ? [] : [file]))
