import type { Express } from 'express'

interface Layer {
  readonly route?: {
    readonly path: string
    readonly methods?: Readonly<Record<string, boolean>>
    readonly stack: readonly { readonly method?: string }[]
  }
}

/** The routes of an application, `GET /users/{userId}` for each method that a route has a handler of its own for. */
export const routesOf = (app: Express): readonly string[] =>
  (app.router.stack as unknown as readonly Layer[]).flatMap(({ route }) => {
    if (route === undefined) return []
    const path = route.path.replaceAll(/[:*](\w+)/g, '{$1}')
    // A handler of every method has none: it answers the others.
    const methods = new Set(route.stack.flatMap(({ method }) => (method === undefined ? [] : [method])))
    return [...methods].map((method) => `${method.toUpperCase()} ${path}`)
  })
