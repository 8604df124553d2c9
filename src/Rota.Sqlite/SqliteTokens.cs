using Rota.Sqlite.Native;

namespace Rota.Sqlite;

/// <summary>Reads the tokens of secrets beside the Rota that owns the file; changes nothing.</summary>
public static class SqliteTokens
{
    private static readonly TimeSpan ReadTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>By name; what is not there is left out. Null when there is no database.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, string>? Find(string path, IEnumerable<string> names)
    {
        if (!File.Exists(path))
            return null;
        using var db = new SqliteConnection(path, readOnly: true);
        db.LimitTo(ReadTimeMax);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            using var rows = db.Query("SELECT token FROM secret WHERE name = ?1", name);
            if (rows.Next())
                tokens[name] = rows.Text(0);
        }
        return tokens;
    }
}
