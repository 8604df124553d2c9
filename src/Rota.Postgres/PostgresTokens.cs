using Npgsql;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>Reads the tokens of secrets beside the nodes that use the database; changes nothing.</summary>
public static class PostgresTokens
{
    /// <summary>By name; what is not there is left out.</summary>
    /// <exception cref="StorageException">The database cannot be reached or read.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> FindAsync(
        string url, IEnumerable<string> names, CancellationToken stop)
    {
        await using var database = await PostgresDatabase.ConnectOnlyAsync(url, new StoreSignals(), stop);
        var secrets = new PostgresSecrets(database);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var name in names)
            {
                if (await secrets.FindAsync(name, stop) is { } token)
                    tokens[name] = token;
            }
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UndefinedTable
            or PostgresErrorCodes.InvalidSchemaName)
        {
            throw new StorageException("storage.empty", "The database holds nothing of Rota.",
                "Start Rota on it first, or name its schema in the address: ?schema=NAME.", error);
        }
        return tokens;
    }
}
