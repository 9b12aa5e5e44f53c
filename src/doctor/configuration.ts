import type { Config } from '../config/config.ts'
import { type Finding, ok, warning } from './finding.ts'

const OF = 'configuration'

/** What the service itself would warn of. */
export const lookAtConfiguration = ({ warnings }: Config): readonly Finding[] =>
  warnings.length === 0
    ? [ok(OF, 'nothing to say about the environment variables')]
    : warnings.map((one) => warning(OF, one))
