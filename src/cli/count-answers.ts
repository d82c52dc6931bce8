/** The world, and how many of its answers have come: for people who wait. */
import type { Connection } from './derive.ts'

/** The same connection; `onAnswer` is called after each answer that is no failure. */
export function countAnswers({ web, downloads, git, ...others }: Connection, onAnswer: () => void): Connection {
  const counted = async <T>(answer: Promise<T>): Promise<T> => {
    const found = await answer
    onAnswer()
    return found
  }
  return {
    ...others,
    web: {
      fetchJson: (url) => counted(web.fetchJson(url)),
      fetchText: (url, accept) => counted(web.fetchText(url, accept)),
      fetchDigests: (url, wanted, expect) => counted(web.fetchDigests(url, wanted, expect)),
      fetchPart: (url, wanted) => counted(web.fetchPart(url, wanted)),
    },
    downloads: { fetchFile: (url, receive) => counted(downloads.fetchFile(url, receive)) },
    git: {
      fetchTreeDigest: (url, rev) => counted(git.fetchTreeDigest(url, rev)),
      fetchCommit: (url, rev, file) => counted(git.fetchCommit(url, rev, file)),
    },
  }
}
