/** Which Python projects are compared: those of test/fidelity-locks/python, and those whose packages this machine serves. */
import type { ServedPython } from './python-loopback.ts'
import { gitAndUrl, privateIndex } from './python-loopback.ts'
import {
  pdm,
  pip,
  pipenv,
  pipTools,
  poetry11,
  poetry18,
  poetry2,
  uv,
  uvPylock,
  type PythonTool,
} from './python-tools.ts'

export interface PythonCase {
  /** Its folder in test/fidelity-locks/python. */
  readonly project: string
  /** Where in that folder the project stands, which is a git repository then; absent: it is the project. */
  readonly inside?: string
  readonly about: string
  readonly tool: PythonTool
  /** Who made the lock file, where that is another one. */
  readonly lockedBy?: PythonTool
  /** Run by the environment's Python, without network, and what it prints. */
  readonly use: { readonly code: string; readonly prints: string }
  /** A program of the application, and what it prints; absent where the project is none. */
  readonly application?: { readonly program: string; readonly prints: string }
  /** Its packages are served here, so the lock file is made when the comparison runs. */
  readonly serve?: (tool: PythonTool) => Promise<ServedPython>
}

const picture = {
  use: { code: 'import flask, PIL._imaging, requests; print(PIL._imaging.jpeglib_version > "")', prints: 'True' },
  application: { program: 'picture-server', prints: '200 image/png (4, 4) 200' },
}

export const pythonCases: readonly PythonCase[] = [
  {
    project: 'poetry-flask',
    about: 'Flask, Pillow, requests: the application of poetry2nix’s tutorial; lock version 2.1',
    tool: poetry2,
    ...picture,
  },
  {
    project: 'poetry-1.1',
    about: 'the same with a lock of version 1.1, by Poetry 1.1',
    tool: poetry2,
    lockedBy: poetry11,
    ...picture,
  },
  {
    project: 'poetry-2.0',
    about: 'FastAPI, uvicorn, SQLAlchemy, an optional group, an extra; a lock of version 2.0, by Poetry 1.8',
    tool: poetry2,
    lockedBy: poetry18,
    use: {
      code: 'import uvloop, httptools, sqlalchemy.cyextension.util as u; print(u.__name__)',
      prints: 'sqlalchemy.cyextension.util',
    },
    application: { program: 'service', prints: 'service 42 True' },
  },
  {
    project: 'poetry-local',
    about:
      'commits of git, an archive’s URL, directories and an archive of the project, some editable, all on loopback',
    tool: poetry2,
    serve: gitAndUrl,
    use: {
      code: 'import by_git, by_url, by_path, by_file, develop_git, develop_path; print(by_git.it, by_url.it, by_path.it, by_file.it, develop_git.it, develop_path.it)',
      prints: 'git url path file develop develop',
    },
  },
  {
    project: 'poetry-no-binary',
    about: 'wheels that are there, and two packages that poetry.toml has built from source: `installer.no-binary`',
    tool: poetry2,
    use: {
      code: 'import idna, six, iniconfig; print(idna.encode("bücher").decode(), six.PY3)',
      prints: 'xn--bcher-kva True',
    },
  },
  {
    project: 'poetry-beside',
    inside: 'services/till',
    about: 'a service of a repository, and a library of it that needs another one, both beside the service',
    tool: poetry2,
    use: { code: 'import money_kit; print(money_kit.line("本", 5))', prints: '本        0.05' },
    application: { program: 'till', prints: '書籍     12.50' },
  },
  {
    project: 'uv-beside',
    inside: 'docs',
    about: 'a project that needs the package in whose directory it stands, and a tool beside it',
    tool: uv,
    use: { code: 'import measures; print(*measures.UNITS)', prints: 'inch metre yard' },
    application: { program: 'measures-docs', prints: 'inch&lt;metre&lt;yard 1' },
  },
  {
    project: 'uv-science',
    about: 'numpy, pandas, SciPy, matplotlib',
    tool: uv,
    use: {
      code: 'import numpy, pandas, scipy.linalg; print(scipy.linalg.det(numpy.eye(3)), len(pandas.DataFrame({"a": [1]})))',
      prints: '1.0 1',
    },
  },
  {
    project: 'uv-workspace',
    about: 'a workspace of three, each with another build backend; groups that include groups',
    tool: uv,
    use: { code: 'import shop_core, shop_web; print(shop_web.page("7"))', prints: '7 credits' },
    application: { program: 'shop', prints: '2 3 credits' },
  },
  {
    project: 'uv-sdists',
    about:
      'source archives, four of them with C extensions: of some there never were wheels, of others none for this Python',
    tool: uv,
    use: {
      code: 'import crcmod._crcfunext, netifaces, simplejson._speedups, markupsafe._speedups, docopt, feedparser; print(crcmod.predefined.mkCrcFun("crc-32")(b"a"))',
      prints: '3904355907',
    },
  },
  {
    project: 'uv-private',
    about: 'an index of its own that asks for a password, on loopback',
    tool: uv,
    serve: privateIndex,
    use: { code: 'import hidden; print(hidden.it)', prints: 'hidden' },
  },
  {
    project: 'pdm-cryptography',
    about: 'cryptography, paramiko, PyNaCl; groups',
    tool: pdm,
    use: {
      code: 'import paramiko, nacl.bindings; from cryptography.fernet import Fernet; f = Fernet(Fernet.generate_key()); print(f.decrypt(f.encrypt(b"x")))',
      prints: "b'x'",
    },
  },
  {
    project: 'pdm-cycles',
    about: 'Sphinx and its extensions, which need each other; namespaces: zope, google, jaraco, backports',
    tool: pdm,
    use: {
      code: 'import sphinx, zope.component, zope.interface, google.cloud.storage, jaraco.text, backports.tarfile; print(len(google.__path__))',
      prints: '1',
    },
  },
  {
    project: 'pip-django',
    about: 'Django, Celery, psycopg: hashes of pip-compile',
    tool: pip,
    lockedBy: pipTools,
    use: {
      code: 'import django.core.management, celery, psycopg, rest_framework; print(psycopg.pq.__impl__)',
      prints: 'binary',
    },
  },
  {
    project: 'pylock-tools',
    about: 'black, mypy, pytest, tox, twine: 60 programs; pylock.toml',
    tool: uvPylock,
    use: { code: 'import black, mypy.api; print(mypy.api.run(["-c", "1 + 1"])[2])', prints: '0' },
  },
  {
    project: 'pipenv-scrape',
    about: 'lxml, BeautifulSoup, requests with an extra; Pipfile.lock',
    tool: pipenv,
    use: { code: 'import lxml.etree, bs4, socks; print(bs4.BeautifulSoup("<p>a</p>", "lxml").p.text)', prints: 'a' },
  },
]
