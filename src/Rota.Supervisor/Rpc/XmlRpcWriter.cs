using System.Collections;
using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Rpc;

/// <summary>Writes calls and answers in the very form of Python's xmlrpc.client.</summary>
internal static class XmlRpcWriter
{
    private const string Head = "<?xml version='1.0'?>\n";

    public static byte[] Call(string method, IEnumerable<object?> arguments)
    {
        var text = new StringBuilder(Head).Append("<methodCall>\n<methodName>");
        Escape(text, method);
        text.Append("</methodName>\n<params>\n");
        foreach (var argument in arguments)
            Parameter(text, argument);
        return Bytes(text.Append("</params>\n</methodCall>\n"));
    }

    public static byte[] Answer(object? value)
    {
        var text = new StringBuilder(Head).Append("<methodResponse>\n<params>\n");
        Parameter(text, value);
        return Bytes(text.Append("</params>\n</methodResponse>\n"));
    }

    public static byte[] Fault(int code, string description)
    {
        var text = new StringBuilder(Head).Append("<methodResponse>\n<fault>\n");
        Value(text, new OrderedDictionary<string, object?> { ["faultCode"] = code, ["faultString"] = description });
        return Bytes(text.Append("</fault>\n</methodResponse>\n"));
    }

    private static void Parameter(StringBuilder text, object? value)
    {
        text.Append("<param>\n");
        Value(text, value);
        text.Append("</param>\n");
    }

    private static void Value(StringBuilder text, object? value)
    {
        text.Append("<value>");
        switch (value)
        {
            case string words:
                text.Append("<string>");
                Escape(text, words);
                text.Append("</string>");
                break;
            case bool truth:
                text.Append("<boolean>").Append(truth ? '1' : '0').Append("</boolean>");
                break;
            case int number:
                text.Append("<int>").Append(number).Append("</int>");
                break;
            case long number:
                var type = number is >= int.MinValue and <= int.MaxValue ? "int" : "i8";
                text.Append('<').Append(type).Append('>').Append(number).Append("</").Append(type).Append('>');
                break;
            case double number:
                text.Append("<double>").Append(number.ToString("R", CultureInfo.InvariantCulture)).Append("</double>");
                break;
            case byte[] bytes:
                text.Append("<base64>\n").Append(Convert.ToBase64String(bytes)).Append("\n</base64>");
                break;
            case OrderedDictionary<string, object?> members:
                Struct(text, members);
                break;
            case IEnumerable items:
                text.Append("<array><data>\n");
                foreach (var item in items)
                    Value(text, item);
                text.Append("</data></array>");
                break;
            case null:
                text.Append("<nil/>");
                break;
            default:
                throw new ArgumentException($"{value.GetType()} is no value of XML-RPC", nameof(value));
        }
        text.Append("</value>\n");
    }

    private static void Struct(StringBuilder text, OrderedDictionary<string, object?> members)
    {
        text.Append("<struct>\n");
        foreach (var (name, value) in members)
        {
            text.Append("<member>\n<name>");
            Escape(text, name);
            text.Append("</name>\n");
            Value(text, value);
            text.Append("</member>\n");
        }
        text.Append("</struct>");
    }

    /// <summary>Letters that XML cannot hold, such as the escapes of colours in a log, become U+FFFD: Python sends them
    /// as they are, and its own client then refuses the whole answer.</summary>
    private static void Escape(StringBuilder text, string words)
    {
        for (var index = 0; index < words.Length; index++)
        {
            var letter = words[index];
            _ = letter switch
            {
                '&' => text.Append("&amp;"),
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '\t' or '\n' or '\r' => text.Append(letter),
                < ' ' or '\ufffe' or '\uffff' => text.Append('\ufffd'),
                _ => text.Append(letter),
            };
        }
    }

    /// <summary>Half a surrogate pair becomes U+FFFD by the encoding itself.</summary>
    private static byte[] Bytes(StringBuilder text) => Encoding.UTF8.GetBytes(text.ToString());
}
