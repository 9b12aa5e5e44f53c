import type { Request } from 'express'

/** Any page could have a browser on this machine send it where no key is asked for. */
export const isOfAnotherPage = ({ headers: { origin, host } }: Request): boolean =>
  origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host)
