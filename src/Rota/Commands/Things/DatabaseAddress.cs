using Rota.Postgres;
using Rota.Sqlite;
using Rota.Storage;

namespace Rota.Commands;

/// <summary>A database as it was named: <c>sqlite:PATH</c> or <c>postgres://...</c>.</summary>
/// <param name="Name">For people and programs to read: without the password.</param>
/// <param name="Value">A path, or an address that may hold a password.</param>
internal sealed record DatabaseAddress(string Name, string Value, bool IsPostgres, bool HasPassword)
{
    private const string SqliteScheme = "sqlite:";
    private const string Hint = "Write sqlite:PATH or postgres://USER@HOST:5432/DATABASE.";

    /// <param name="source">The option or the variable, for errors.</param>
    public static DatabaseAddress Parse(Terminal terminal, string source, string text)
    {
        if (PostgresUrl.IsPostgres(text))
            return OfPostgres(source, text);
        if (!text.StartsWith(SqliteScheme, StringComparison.OrdinalIgnoreCase) || text.Length == SqliteScheme.Length)
            throw Session.Usage(source, $"{source} names no database.", Hint);
        var path = terminal.PathOf(text[SqliteScheme.Length..]);
        return new DatabaseAddress(SqliteScheme + path, path, IsPostgres: false, HasPassword: false);
    }

    private static DatabaseAddress OfPostgres(string source, string text)
    {
        try
        {
            var (connection, schema) = PostgresUrl.Parse(text);
            var user = connection.Username is { Length: > 0 } name ? name + "@" : "";
            var query = schema == PostgresUrl.DefaultSchema ? "" : $"?schema={schema}";
            return new DatabaseAddress(
                $"postgres://{user}{connection.Host}:{connection.Port}/{connection.Database}{query}", text,
                IsPostgres: true, HasPassword: connection.Password is { Length: > 0 });
        }
        catch (InvalidFieldException error)
        {
            throw Session.Usage(source, $"{source} is wrong: {error.Message}", error.Hint!);
        }
    }

    /// <summary>Opens what is there, only to read; null when there is nothing.</summary>
    public async Task<ICopyStore?> FindAsync(CancellationToken stop) =>
        IsPostgres ? await PostgresCopy.FindAsync(Value, Name, stop) : SqliteCopy.Find(Value);

    /// <summary>Opens a database to copy into; makes it when it is missing.</summary>
    public async Task<ICopyStore> CreateAsync(CancellationToken stop) =>
        IsPostgres ? await PostgresCopy.CreateAsync(Value, Name, stop) : SqliteCopy.Create(Value);
}
