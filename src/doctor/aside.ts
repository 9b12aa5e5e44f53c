import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { abandonedReadModels, currentReadModel } from '../readModel/file.ts'
import { type Finding, some, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'put aside'
const IS_ASIDE = /\.before-\d{8}T\d{6}Z$/

/** What a restore has put aside: no erasure takes anything of it; and what others have left of what they began. */
export const lookAtAside = ({ config: { dataDir }, log }: Patient): readonly Finding[] => {
  const databases = [...(log === null ? [] : [log]), join(dataDir, 'journal.db'), currentReadModel(dataDir)]
  const beside = (is: (name: string, file: string) => boolean): readonly string[] =>
    databases
      .filter((file) => existsSync(dirname(file)))
      .flatMap((file) => readdirSync(dirname(file)).filter((name) => is(name, basename(file))))
  const aside = beside((name, file) => name.startsWith(`${file}.before-`) && IS_ASIDE.test(name))
  const begun = beside((name, file) => name === `${file}.restoring`)
  const replays = abandonedReadModels(dataDir).map((file) => basename(file))
  return [
    ...(aside.length === 0
      ? []
      : [warning(OF, `${some(aside)}, by a restore: nothing in there is ever erased; remove it`)]),
    ...(begun.length === 0 ? [] : [warning(OF, `${some(begun)}, by a restore that was broken off: remove it`)]),
    ...(replays.length === 0
      ? []
      : [warning(OF, `${some(replays)}, by a replay: it is running, or was broken off; the next start removes it`)]),
  ]
}
