import type { Response } from 'express'
import { refuseBody } from '../gate/refuseUnread.ts'

const RETRY_SECONDS = 60

/** The answer to whatever would be received by a clock that is wrong. */
export const clockIsWrong = (res: Response): void =>
  refuseBody(res, 'clock-wrong', 'the clock of this node is wrong; send it again', {
    'Retry-After': String(RETRY_SECONDS),
  })
