using System.Reflection;
using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>Brings a database to the newest schema: numbered scripts, forward only, one transaction each.</summary>
internal static class Migrator
{
    public static void Migrate(SqliteConnection db)
    {
        var current = ReadVersion(db);
        var scripts = Scripts();
        var newest = scripts[^1].Number;
        if (current > newest)
        {
            throw new StorageException("storage.newer",
                $"The database has schema {current}, but this Rota knows only {newest}.",
                "Start the newer Rota that wrote it, or restore a backup from before the upgrade.");
        }
        foreach (var (number, name) in scripts.Where(script => script.Number > current))
        {
            db.Execute("BEGIN IMMEDIATE");
            try
            {
                db.Execute(Read(name));
                db.Execute($"PRAGMA user_version = {number}");
                db.Execute("COMMIT");
            }
            catch
            {
                db.Execute("ROLLBACK");
                throw;
            }
        }
    }

    private static int ReadVersion(SqliteConnection db)
    {
        using var rows = db.Query("PRAGMA user_version");
        return rows.Next() ? rows.Int32(0) : 0;
    }

    private static List<(int Number, string Name)> Scripts() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name => (int.Parse(name.Split('.')[^2][..4].TrimStart('_')), name))
            .OrderBy(script => script.Item1)];

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
