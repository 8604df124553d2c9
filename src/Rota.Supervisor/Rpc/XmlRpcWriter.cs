using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Rpc;

/// <summary>Writes calls and answers in the very form of Python's xmlrpc.client.</summary>
internal sealed class XmlRpcWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(1024);

    public static byte[] Call(string method, IEnumerable<object?> arguments)
    {
        var writer = new XmlRpcWriter();
        writer.Raw("<?xml version='1.0'?>\n<methodCall>\n<methodName>"u8);
        writer.Text(method);
        writer.Raw("</methodName>\n<params>\n"u8);
        foreach (var argument in arguments)
            writer.Parameter(argument);
        return writer.End("</params>\n</methodCall>\n"u8);
    }

    public static byte[] Answer(object? value)
    {
        var writer = new XmlRpcWriter();
        writer.Raw("<?xml version='1.0'?>\n<methodResponse>\n<params>\n"u8);
        writer.Parameter(value);
        return writer.End("</params>\n</methodResponse>\n"u8);
    }

    public static byte[] Fault(int code, string description)
    {
        var writer = new XmlRpcWriter();
        writer.Raw("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n"u8);
        writer.Value(new OrderedDictionary<string, object?> { ["faultCode"] = code, ["faultString"] = description });
        return writer.End("</fault>\n</methodResponse>\n"u8);
    }

    private void Parameter(object? value)
    {
        Raw("<param>\n"u8);
        Value(value);
        Raw("</param>\n"u8);
    }

    private void Value(object? value)
    {
        Raw("<value>"u8);
        switch (value)
        {
            case string words:
                Raw("<string>"u8);
                Text(words);
                Raw("</string>"u8);
                break;
            case bool truth:
                Raw(truth ? "<boolean>1</boolean>"u8 : "<boolean>0</boolean>"u8);
                break;
            case int number:
                Number(number);
                break;
            case long number:
                Number(number);
                break;
            case double number:
                Text($"<double>{number.ToString("R", CultureInfo.InvariantCulture)}</double>", isMarkup: true);
                break;
            case byte[] bytes:
                Text($"<base64>\n{Convert.ToBase64String(bytes)}\n</base64>", isMarkup: true);
                break;
            case OrderedDictionary<string, object?> members:
                Struct(members);
                break;
            case IEnumerable items:
                Raw("<array><data>\n"u8);
                foreach (var item in items)
                    Value(item);
                Raw("</data></array>"u8);
                break;
            case null:
                Raw("<nil/>"u8);
                break;
            default:
                throw new ArgumentException($"{value.GetType()} is no value of XML-RPC", nameof(value));
        }
        Raw("</value>\n"u8);
    }

    /// <summary>The type of 32 bits where that is enough, which is all that supervisord knows.</summary>
    private void Number(long number)
    {
        var type = number is >= int.MinValue and <= int.MaxValue ? "int" : "i8";
        Text($"<{type}>{number}</{type}>", isMarkup: true);
    }

    private void Struct(OrderedDictionary<string, object?> members)
    {
        Raw("<struct>\n"u8);
        foreach (var (name, value) in members)
        {
            Raw("<member>\n<name>"u8);
            Text(name);
            Raw("</name>\n"u8);
            Value(value);
            Raw("</member>\n"u8);
        }
        Raw("</struct>"u8);
    }

    /// <summary>Half a surrogate pair becomes U+FFFD by the encoding itself.</summary>
    private void Text(string words, bool isMarkup = false) => Encoding.UTF8.GetBytes(
        isMarkup || !words.Any(IsSpecial) ? words : Escaped(words), _bytes);

    /// <summary>Letters that XML cannot hold, such as the escapes of colours in a log, become U+FFFD: Python sends them
    /// as they are, and its own client then refuses the whole answer.</summary>
    private static string Escaped(string words)
    {
        var text = new StringBuilder(words.Length + 16);
        foreach (var letter in words)
        {
            _ = letter switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                _ => text.Append(IsSpecial(letter) ? '\ufffd' : letter),
            };
        }
        return text.ToString();
    }

    /// <summary>Letters that cannot stand as they are: those of XML's own, and those that it cannot hold. Asked one by
    /// one: a set of them would be compiled at the start of every client, which costs it a tenth of its time.</summary>
    private static bool IsSpecial(char letter) =>
        letter is '&' or '<' or '>' or '\ufffe' or '\uffff' or (< ' ' and not ('\t' or '\n' or '\r'));

    private void Raw(ReadOnlySpan<byte> markup) => _bytes.Write(markup);

    private byte[] End(ReadOnlySpan<byte> markup)
    {
        Raw(markup);
        return _bytes.WrittenSpan.ToArray();
    }
}
