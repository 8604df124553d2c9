using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Brings a database to the newest schema: numbered scripts, forward only, one transaction each.</summary>
internal static class Migrator
{
    public static void Migrate(SqliteConnection db)
    {
        var current = ReadVersion(db);
        var scripts = MigrationScript.Of(typeof(Migrator).Assembly);
        var newest = scripts[^1].Number;
        if (current > newest)
            throw MigrationScript.Newer(current, newest);
        foreach (var script in scripts.Where(script => script.Number > current))
        {
            db.Execute("BEGIN IMMEDIATE");
            try
            {
                db.Execute(script.Sql);
                db.Execute($"PRAGMA user_version = {script.Number}");
                db.Execute("COMMIT");
            }
            catch
            {
                db.Execute("ROLLBACK");
                throw;
            }
        }
    }

    /// <returns>Number of the last script that ran; 0 before the first one.</returns>
    public static int ReadVersion(SqliteConnection db)
    {
        using var rows = db.Query("PRAGMA user_version");
        return rows.Next() ? rows.Int32(0) : 0;
    }
}
