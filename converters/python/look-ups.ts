/** Look-ups for many packages at once. */
import { packageProblems, type PlacedPackage } from '../../src/model/package-problems.ts'
import { failIfAny, type Problem } from '../../src/problem.ts'

interface About {
  readonly pkg: PlacedPackage
}

type Outcome<F> = { readonly found: F } | { readonly problems: readonly Problem[] }

/** What is found for each, in the order given. Throws the problems of all of them. `unknown`: see packageProblems. */
export async function lookUpEach<A extends About, F>(
  list: readonly A[],
  find: (each: A) => Promise<F>,
  unknown?: string,
): Promise<readonly F[]> {
  const look = async (each: A): Promise<Outcome<F>> => {
    try {
      return { found: await find(each) }
    } catch (error) {
      return { problems: packageProblems(error, each.pkg, unknown) }
    }
  }
  const outcomes = await Promise.all(list.map(look))
  failIfAny(outcomes.flatMap((outcome) => ('problems' in outcome ? outcome.problems : [])))
  return outcomes.flatMap((outcome) => ('found' in outcome ? [outcome.found] : []))
}
