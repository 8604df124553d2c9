using System.Text.RegularExpressions;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Brings a schema to its newest form: numbered scripts, forward only, all in one transaction under one lock,
/// so that several nodes may start at once.</summary>
/// <remarks>A script says in its first line the oldest program that can still work with what it leaves:
/// <c>-- works with: N</c>. So the nodes of a rolling upgrade work together.</remarks>
internal static partial class Migrator
{
    private const int SecondsMax = 3_600; // of a step over millions of rows, or of another node's that is waited for

    public static Task MigrateAsync(PostgresDatabase database, CancellationToken stop) =>
        database.WriteAsync(async within =>
        {
            var session = new PostgresSession(database, within.Connection, SecondsMax, stop);
            await session.RunAsync("SELECT pg_advisory_xact_lock(hashtext('rota'), hashtext($1))", database.Schema);
            if (await session.FindAsync(
                "SELECT to_regnamespace($1) IS NULL", rows => rows.GetBoolean(0), database.Schema))
            {
                await session.RunAsync($"CREATE SCHEMA \"{database.Schema}\"");
            }
            await session.RunAsync("""
                CREATE TABLE IF NOT EXISTS rota.migration (
                    number     integer NOT NULL PRIMARY KEY,
                    works_with integer NOT NULL,
                    at         timestamptz NOT NULL DEFAULT now()
                )
                """);
            return await ApplyAsync(session, MigrationScript.Of(typeof(Migrator).Assembly));
        }, stop);

    private static async Task<int> ApplyAsync(PostgresSession session, IReadOnlyList<MigrationScript> scripts)
    {
        var known = scripts[^1].Number;
        var (found, worksWith) = await session.FindAsync(
            "SELECT number, works_with FROM rota.migration ORDER BY number DESC LIMIT 1",
            rows => (rows.GetInt32(0), rows.GetInt32(1)));
        if (found > known && worksWith > known)
            throw MigrationScript.Newer(found, known);
        foreach (var script in scripts.Where(script => script.Number > found))
        {
            await session.RunAsync(script.Sql);
            await session.RunAsync("INSERT INTO rota.migration (number, works_with) VALUES ($1, $2)", script.Number,
                int.Parse(WorksWith().Match(script.Sql).Groups["number"].Value));
        }
        return known;
    }

    [GeneratedRegex(@"\A-- works with: (?<number>\d+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex WorksWith();
}
