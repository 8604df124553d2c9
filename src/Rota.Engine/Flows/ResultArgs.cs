using System.Buffers;
using System.Text.Json;
using Rota.Integrations;
using Rota.Jobs;
using Rota.Storage;

namespace Rota.Flows;

/// <summary>Hands the outputs of jobs on to the one that waited for them.</summary>
internal static class ResultArgs
{
    private const int BytesMax = 16 << 20;

    /// <summary>The arguments with which an attempt runs; those that are stored stay as they are.</summary>
    /// <param name="field">Gets the output of the one job it depends on, or of several an array.</param>
    /// <exception cref="ArgumentsException">They do not fit the handler.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        IFlowStore flows, Claimed job, HandlerDescriptor handler, string field, CancellationToken stop)
    {
        handler.Check(job.Args, field);
        var outputs = await flows.OutputsAsync(job.Id, BytesMax, stop)
            ?? throw Wrong($"The results for '{field}' are larger than {BytesMax >> 20} MiB in all.");
        using var args = JsonDocument.Parse(job.Args);
        if (args.RootElement.ValueKind != JsonValueKind.Object)
            throw Wrong($"They are no object that could have a field '{field}'.");
        // What came from another system must not be able to ask for one.
        if (SecretReferences.AreFilledInto(handler.ArgsType)
            && outputs.OfType<ReadOnlyMemory<byte>>().Any(HasReference))
        {
            throw Wrong("A result names a secret, as only arguments that were enqueued may.");
        }
        return Merge(args.RootElement, field, outputs);

        ArgumentsException Wrong(string why) => new(handler.Kind, handler.ArgsType, new JsonException(why));
    }

    private static bool HasReference(ReadOnlyMemory<byte> output)
    {
        using var json = JsonDocument.Parse(output);
        return SecretReferences.AreIn(json.RootElement);
    }

    private static ReadOnlyMemory<byte> Merge(
        JsonElement args, string field, IReadOnlyList<ReadOnlyMemory<byte>?> outputs)
    {
        var merged = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(merged);
        writer.WriteStartObject();
        foreach (var property in args.EnumerateObject())
        {
            // Handlers read names in any case, and of two the last one.
            if (!field.Equals(property.Name, StringComparison.OrdinalIgnoreCase))
                property.WriteTo(writer);
        }
        writer.WritePropertyName(field);
        if (outputs.Count != 1)
            writer.WriteStartArray();
        foreach (var output in outputs)
            writer.WriteRawValue(output is { } json ? json.Span : "null"u8, skipInputValidation: true);
        if (outputs.Count != 1)
            writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return merged.WrittenMemory;
    }
}
