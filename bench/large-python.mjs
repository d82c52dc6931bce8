// A project of some 400 packages of Python: what uv locks today of usual requirements.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const asked =
  'ansible-core azure-storage-blob bokeh boto3 celery dask[complete] django elasticsearch fastapi[standard] flask ' +
  'google-cloud-storage great-expectations jupyterlab kubernetes langchain matplotlib mlflow openai pandas paramiko pre-commit ' +
  'prefect psycopg[binary] pytest scikit-learn scrapy sentry-sdk spacy sphinx sqlalchemy streamlit tox twine'

/** pyproject.toml and uv.lock, into a directory that is there; needs the network. */
export function lockLarge(folder, uv) {
  const dependencies = asked.split(' ').map((name) => JSON.stringify(name))
  const project = `[project]\nname = "big"\nversion = "1.0"\nrequires-python = ">=3.11,<3.12"\ndependencies = [${dependencies}]\n`
  writeFileSync(join(folder, 'pyproject.toml'), project)
  const { status, stderr } = spawnSync(uv, ['lock', '--project', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`uv lock: ${stderr}`)
}
