/** Everything an iteration gives, in order. */
export const gather = async <A>(items: AsyncIterable<A>): Promise<readonly A[]> => {
  const gathered: A[] = []
  for await (const item of items) gathered.push(item)
  return gathered
}
