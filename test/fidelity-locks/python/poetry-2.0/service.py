import sqlalchemy
import uvicorn
from fastapi import FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    title: str = "service"


app = FastAPI(title=Settings().title)


@app.get("/")
def root() -> int:
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        return connection.execute(sqlalchemy.text("select 42")).scalar_one()


def main() -> None:
    print(app.openapi()["info"]["title"], root(), bool(uvicorn.Config(app)))
