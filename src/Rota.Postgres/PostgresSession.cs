using System.Diagnostics.CodeAnalysis;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Rota.Storage;

namespace Rota.Postgres;

/// <summary>What one piece of work on the database works with: a connection, perhaps inside a transaction.</summary>
/// <remarks>Statements are written with positional parameters and the schema's default name, <c>rota.</c>. Values may
/// be instants (stored as microseconds), ids, enums, bytes, texts, numbers, arrays of them, or null.</remarks>
/// <param name="seconds">The longest that one statement may take; null for the connection's own limit.</param>
internal sealed class PostgresSession(
    PostgresDatabase database, NpgsqlConnection connection, int? seconds, CancellationToken stop)
{
    public NpgsqlConnection Connection => connection;

    /// <summary>What this work did that loops wait for; told after its commit.</summary>
    public Wakeup Wakeup { get; } = new();

    /// <summary>Null where jobs may not begin straight away, because somebody else ends the transaction.</summary>
    public Starts? Starts { get; init; }

    public PostgresDatabase Database => database;

    /// <returns>How many rows were changed.</returns>
    public async Task<int> RunAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(stop);
    }

    public async Task<List<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        var found = new List<T>();
        await using var command = Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
            found.Add(read(rows));
        return found;
    }

    /// <summary>The rows of a statement that commits by itself and, in the same round trip, another one that does,
    /// which the server begins when the first one is on disk.</summary>
    /// <returns>The rows, and whether the other one was run: what becomes of it changes nothing of the first.</returns>
    public async Task<(List<T> Found, bool IsDone)> ListAsync<T>(
        Statement statement, Func<NpgsqlDataReader, T> read, Statement then)
    {
        var found = new List<T>();
        await using var batch = Batch([statement, then]);
        batch.EnableErrorBarriers = true;
        await using var rows = await batch.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop))
            found.Add(read(rows));
        try
        {
            await rows.NextResultAsync(stop);
            return (found, true);
        }
        catch (Exception error) when (error is NpgsqlException or IOException or TimeoutException)
        {
            return (found, false);
        }
    }

    /// <returns>The first row, or default when there is none.</returns>
    public async Task<T?> FindAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var rows = await command.ExecuteReaderAsync(stop);
        return await rows.ReadAsync(stop) ? read(rows) : default;
    }

    /// <summary>Several statements in one round trip; outside a transaction they make one of their own.</summary>
    /// <param name="read">Reads the rows of the first one; <c>NextResultAsync</c> leads to those of the next one that
    /// has any.</param>
    public async Task<T> BatchAsync<T>(
        IEnumerable<Statement> statements, Func<NpgsqlDataReader, Task<T>> read)
    {
        await using var batch = Batch(statements);
        await using var rows = await batch.ExecuteReaderAsync(stop);
        var result = await read(rows);
        while (await rows.NextResultAsync(stop))
        {
            // An error of a later statement comes only when its result is asked for.
        }
        return result;
    }

    /// <inheritdoc cref="BatchAsync{T}"/>
    public async Task BatchAsync(IEnumerable<Statement> statements)
    {
        await using var batch = Batch(statements);
        await batch.ExecuteNonQueryAsync(stop);
    }

    private NpgsqlBatch Batch(IEnumerable<Statement> statements)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var statement in statements)
        {
            var command = new NpgsqlBatchCommand(database.Sql(statement.Sql));
            foreach (var value in statement.Values)
                command.Parameters.Add(Parameter(value));
            batch.BatchCommands.Add(command);
        }
        return batch;
    }

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(database.Sql(sql), connection);
        if (seconds is { } limit)
            command.CommandTimeout = limit;
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        return command;
    }

    private static NpgsqlParameter Parameter(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        DateTimeOffset instant => new NpgsqlParameter<long>("", instant.ToMicroseconds()),
        JobId id => new NpgsqlParameter<long>("", id.Value),
        Enum named => new NpgsqlParameter<int>("", Convert.ToInt32(named)),
        string text => new NpgsqlParameter<string>("", NpgsqlDbType.Text) { TypedValue = Storable(text) },
        string?[] texts => new NpgsqlParameter<string?[]>("", Array.ConvertAll(texts, Storable)),
        Memory<byte> bytes => new NpgsqlParameter<ReadOnlyMemory<byte>>("", bytes),
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>PostgreSQL has no text with U+0000 or half a surrogate pair; U+FFFD stands in its place.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    private static string? Storable(string? text) =>
        text is null || (!text.Contains('\0') && !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')) ? text
            : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\ufffd');
}

/// <summary>One statement of a batch.</summary>
internal readonly record struct Statement(string Sql, params object?[] Values);

internal static class Rows
{
    /// <summary>One value of each row, for a parameter that <c>unnest</c> takes.</summary>
    public static T[] Column<TRow, T>(this IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var at = 0; at < column.Length; at++)
            column[at] = value(rows[at]);
        return column;
    }

    public static JobId JobId(this NpgsqlDataReader rows, int column) => new(rows.GetInt64(column));

    public static DateTimeOffset Instant(this NpgsqlDataReader rows, int column) => rows.GetInt64(column).ToInstant();

    public static DateTimeOffset? InstantOrNull(this NpgsqlDataReader rows, int column) =>
        rows.IsDBNull(column) ? null : rows.Instant(column);

    public static string? TextOrNull(this NpgsqlDataReader rows, int column) =>
        rows.IsDBNull(column) ? null : rows.GetString(column);

    public static ReadOnlyMemory<byte> Blob(this NpgsqlDataReader rows, int column) =>
        rows.GetFieldValue<byte[]>(column);

    // A null array would turn into an empty memory that is not null.
    public static ReadOnlyMemory<byte>? BlobOrNull(this NpgsqlDataReader rows, int column) =>
        rows.IsDBNull(column) ? default(ReadOnlyMemory<byte>?) : rows.Blob(column);
}
