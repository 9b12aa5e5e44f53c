import type { RequestHandler } from 'express'

/**
 * A handler whose module is loaded when the first request comes to it: what most services are never asked costs no start, and no memory. Made once; whoever
 * asks meanwhile waits for the same. Where it cannot be loaded the request fails, and the next one tries again: Node reads a file anew that it could not read, but
 * never runs a module again that threw, so that none of them may do at its top what can fail.
 */
export const later = (load: () => Promise<RequestHandler>): RequestHandler => {
  let loading: Promise<RequestHandler> | null = null
  return async (req, res, next) => {
    loading ??= load()
    const handler = await loading.catch((error: unknown) => {
      loading = null
      throw error
    })
    return handler(req, res, next)
  }
}
