using Rota.Storage;

namespace Rota.Sqlite.Native;

/// <summary>One bound value of a statement. Instants are microseconds since 1970 in UTC; blobs are UTF-8
/// JSON.</summary>
internal readonly struct SqlValue
{
    public enum Type : byte { Null, Integer, Real, Text, Blob }

    public Type Kind { get; private init; }

    public long Integer { get; private init; }

    public double Real { get; private init; }

    public string? Text { get; private init; }

    public ReadOnlyMemory<byte> Blob { get; private init; }

    public static implicit operator SqlValue(long value) => new() { Kind = Type.Integer, Integer = value };

    public static implicit operator SqlValue(int value) => (long)value;

    public static implicit operator SqlValue(bool value) => value ? 1L : 0L;

    public static implicit operator SqlValue(JobId value) => value.Value;

    public static implicit operator SqlValue(JobId? value) => value is { } id ? id.Value : default(SqlValue);

    public static implicit operator SqlValue(long? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(JobState value) => (long)value;

    public static implicit operator SqlValue(DateTimeOffset value) => value.ToMicroseconds();

    public static implicit operator SqlValue(DateTimeOffset? value) =>
        value is { } instant ? instant.ToMicroseconds() : default(SqlValue);

    public static implicit operator SqlValue(double value) => new() { Kind = Type.Real, Real = value };

    public static implicit operator SqlValue(double? value) => value is { } number ? number : default(SqlValue);

    public static implicit operator SqlValue(string? value) =>
        value is null ? default : new() { Kind = Type.Text, Text = value };

    public static implicit operator SqlValue(byte[]? value) => value is null ? default : (SqlValue)value.AsMemory();

    public static implicit operator SqlValue(ReadOnlyMemory<byte> value) => new() { Kind = Type.Blob, Blob = value };

    public static implicit operator SqlValue(Memory<byte> value) => (ReadOnlyMemory<byte>)value;

    public static implicit operator SqlValue(ReadOnlyMemory<byte>? value) =>
        value is { } blob ? blob : default(SqlValue);
}
