using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rota.Storage;

namespace Rota.Copies;

/// <summary>How far a copy is. It stands in the target from the first row to the last check, and moves on in the
/// transaction that writes a page, so that a copy goes on exactly where it stopped.</summary>
/// <remarks>As long as it stands there, no Rota works on the target.</remarks>
public sealed record CopyMarker
{
    /// <summary>Name of the setting that holds it.</summary>
    public const string Setting = "copy";

    private const int SourceCharacters = 32;

    /// <summary>Tells the state of the source from every other one.</summary>
    public required string Source { get; init; }

    /// <summary>The table of the last page; null before the first one.</summary>
    public CopyTable? Table { get; init; }

    /// <summary>Key of the last row.</summary>
    public IReadOnlyList<CopyValue> After { get; init; } = [];

    /// <summary>Of all tables so far.</summary>
    public long Rows { get; init; }

    /// <summary>What changes when anything in the source does: its rows, or a start of Rota on it.</summary>
    public static string SourceOf(IReadOnlyList<long> counts, CopyMarks marks) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{string.Join(' ', CopyTables.All.Zip(counts, (table, count) => $"{table.Name}:{count}"))} "
            + $"{marks.JobId} {marks.Token} {marks.Starts}")))[..SourceCharacters];

    public CopyMarker Behind(CopyPage page) =>
        this with { Table = page.Table, After = page.LastKey, Rows = Rows + page.Count };

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("source", Source);
            json.WriteNumber("rows", Rows);
            json.WriteString("table", Table?.Name);
            json.WriteStartArray("after");
            for (var column = 0; column < After.Count; column++)
                WriteKey(json, Table!.Columns[column].Type, After[column]); // a key has a table
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteKey(Utf8JsonWriter json, CopyType type, CopyValue value)
    {
        if (type == CopyType.Integer)
            json.WriteNumberValue(value.Integer);
        else
            json.WriteStringValue(value.Text);
    }

    /// <returns>Null when the text is none of this Rota's markers.</returns>
    public static CopyMarker? Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        var name = json.GetProperty("table").GetString();
        var table = CopyTables.All.FirstOrDefault(known => known.Name == name);
        var after = json.GetProperty("after").EnumerateArray().Select(value =>
            value.ValueKind == JsonValueKind.Number ? CopyValue.Of(value.GetInt64()) : CopyValue.Of(value.GetString()));
        return table is null && name is not null ? null : new CopyMarker
        {
            Source = json.GetProperty("source").GetString() ?? "",
            Rows = json.GetProperty("rows").GetInt64(),
            Table = table,
            After = [.. after],
        };
    }
}
