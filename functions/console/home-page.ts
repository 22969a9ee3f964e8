/** What stands at the console's address until the console itself does. The link is relative to `/console/`. */
export const HOME_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Concord</title>
  </head>
  <body>
    <main>
      <h1>Concord</h1>
      <p>The mesh is running. The operator console is not part of this release yet.</p>
      <p><a href="api/v1/health">Health of the mesh</a> (JSON)</p>
    </main>
  </body>
</html>
`;
