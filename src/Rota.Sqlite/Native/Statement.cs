using System.Text;
using Rota.Storage;

namespace Rota.Sqlite.Native;

/// <summary>A prepared statement.</summary>
internal sealed unsafe class Statement : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly int _parameters;

    public Statement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        var bytes = Encoding.UTF8.GetBytes(sql);
        fixed (byte* text = bytes)
        {
            connection.Check(Sqlite3.Prepare(
                connection.Handle, text, bytes.Length, Sqlite3.PreparePersistent, out var handle, out _));
            Handle = handle;
            _parameters = Sqlite3.BindParameterCount(handle);
        }
    }

    public nint Handle { get; private set; }

    /// <summary>Binds from ?1 on. Values behind the last one that the statement names are left out.</summary>
    public void Bind(ReadOnlySpan<SqlValue> values)
    {
        for (var at = 0; at < values.Length && at < _parameters; at++)
            _connection.Check(Bind(at + 1, in values[at]));
    }

    private int Bind(int index, ref readonly SqlValue value)
    {
        switch (value.Kind)
        {
            case SqlValue.Type.Integer: return Sqlite3.BindInt64(Handle, index, value.Integer);
            case SqlValue.Type.Real: return Sqlite3.BindDouble(Handle, index, value.Real);
            case SqlValue.Type.Text: return BindText(index, value.Text!);
            case SqlValue.Type.Blob:
                var blob = value.Blob.Span;
                byte none = 0; // a null pointer would bind NULL instead of an empty blob
                fixed (byte* bytes = blob)
                    return Sqlite3.BindBlob(
                        Handle, index, bytes is null ? &none : bytes, blob.Length, Sqlite3.Transient);
            default: return Sqlite3.BindNull(Handle, index);
        }
    }

    private int BindText(int index, string text)
    {
        const int Small = 512;
        var size = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> buffer = size <= Small ? stackalloc byte[Small] : new byte[size];
        var used = Encoding.UTF8.GetBytes(text, buffer);
        fixed (byte* bytes = buffer)
            return Sqlite3.BindText(Handle, index, bytes, used, Sqlite3.Transient);
    }

    public bool Step()
    {
        var code = Sqlite3.Step(Handle);
        if (code == Sqlite3.Row)
            return true;
        _connection.Check(code);
        return false;
    }

    public void Dispose()
    {
        if (Handle != 0)
            _ = Sqlite3.Finalize(Handle);
        Handle = 0;
    }
}

/// <summary>The rows of one execution, read forward once. A column is read by its place, from 0 on.</summary>
internal readonly unsafe ref struct Rows(Statement statement)
{
    public bool Next() => statement.Step();

    public bool IsNull(int column) => Sqlite3.ColumnType(statement.Handle, column) == 5;

    public long Int64(int column) => Sqlite3.ColumnInt64(statement.Handle, column);

    public int Int32(int column) => (int)Sqlite3.ColumnInt64(statement.Handle, column);

    public bool Bool(int column) => Int64(column) != 0;

    public double Double(int column) => Sqlite3.ColumnDouble(statement.Handle, column);

    public double? DoubleOrNull(int column) => IsNull(column) ? null : Double(column);

    public long? Int64OrNull(int column) => IsNull(column) ? null : Int64(column);

    public DateTimeOffset Instant(int column) => Int64(column).ToInstant();

    public DateTimeOffset? InstantOrNull(int column) => IsNull(column) ? null : Instant(column);

    public JobId JobId(int column) => new(Int64(column));

    public string Text(int column) => Encoding.UTF8.GetString(Span(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public byte[] Blob(int column) => Span(column).ToArray();

    // Not byte[]?: its null would turn into an empty memory that is not null.
    public ReadOnlyMemory<byte>? BlobOrNull(int column) =>
        IsNull(column) ? default(ReadOnlyMemory<byte>?) : Blob(column);

    /// <summary>The bytes of a text or blob; valid until the next row.</summary>
    public ReadOnlySpan<byte> Span(int column)
    {
        var start = Sqlite3.ColumnBlob(statement.Handle, column);
        return new ReadOnlySpan<byte>(start, Sqlite3.ColumnBytes(statement.Handle, column));
    }

    public void Dispose() => _ = Sqlite3.Reset(statement.Handle);
}
