using System.Globalization;
using System.Text;
using System.Xml;

namespace Rota.Supervisor.Rpc;

/// <summary>Reads calls and answers of XML-RPC: no document type, no entities of the sender's own, limited
/// depth.</summary>
/// <remarks>Values are string, long, bool, double, byte[] (base64), DateTime, null (nil), <see cref="List{T}"/> of
/// values and <see cref="OrderedDictionary{TKey,TValue}"/> by name.</remarks>
internal sealed class XmlRpcReader
{
    private const int DepthMax = 32;

    private readonly XmlReader _xml;

    private XmlRpcReader(Stream body, int charactersMax)
    {
        _xml = XmlReader.Create(body, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = charactersMax,
            MaxCharactersFromEntities = 1024,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        });
    }

    /// <exception cref="FormatException">It is no call.</exception>
    public static (string Method, IReadOnlyList<object?> Arguments) ReadCall(byte[] body) =>
        Read(body, 16 << 20, reader =>
    {
        reader.Open("methodCall");
        var method = reader.Text("methodName");
        List<object?> arguments = [];
        if (reader._xml.IsStartElement("params") && reader.Enter())
        {
            while (reader._xml.IsStartElement("param"))
                arguments.Add(reader.Parameter());
            reader._xml.ReadEndElement();
        }
        return method.Length == 0 ? throw new FormatException("no method name")
            : (method, (IReadOnlyList<object?>)arguments);
    });

    /// <summary>The value, or the fault that the answer is.</summary>
    /// <exception cref="XmlRpcFault">The answer is a fault.</exception>
    public static object? ReadAnswer(byte[] body) => Read(body, int.MaxValue, reader =>
    {
        reader.Open("methodResponse");
        if (!reader._xml.IsStartElement("fault"))
        {
            reader.Open("params");
            return reader.Parameter();
        }
        reader.Open("fault");
        return reader.Value(0) is OrderedDictionary<string, object?> fault && fault["faultCode"] is long code
            ? throw new XmlRpcFault((int)code, fault["faultString"] as string ?? "")
            : throw new FormatException("a fault without a code");
    });

    private static T Read<T>(byte[] body, int charactersMax, Func<XmlRpcReader, T> read)
    {
        try
        {
            return read(new XmlRpcReader(new MemoryStream(body), charactersMax));
        }
        catch (Exception error) when (error is XmlException or OverflowException or KeyNotFoundException)
        {
            throw new FormatException(error.Message, error);
        }
    }

    private void Open(string name)
    {
        _xml.MoveToContent();
        _xml.ReadStartElement(name);
        _xml.MoveToContent();
    }

    /// <summary>Goes into the element; false, and past it, when it is empty.</summary>
    private bool Enter()
    {
        var isEmpty = _xml.IsEmptyElement;
        _xml.ReadStartElement();
        _xml.MoveToContent();
        return !isEmpty;
    }

    private string Text(string name)
    {
        var text = _xml.ReadElementContentAsString(name, "");
        _xml.MoveToContent();
        return text;
    }

    private object? Parameter()
    {
        Open("param");
        var value = Value(0);
        _xml.ReadEndElement();
        _xml.MoveToContent();
        return value;
    }

    private object? Value(int depth)
    {
        if (depth > DepthMax)
            throw new FormatException($"more than {DepthMax} values within each other");
        if (!_xml.IsStartElement("value"))
            throw new FormatException("a value is missing");
        if (_xml.IsEmptyElement)
        {
            Enter();
            return "";
        }
        _xml.ReadStartElement();
        // Text right here, without a type, is a string.
        var text = new StringBuilder();
        while (_xml.NodeType is XmlNodeType.Text or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace
            or XmlNodeType.CDATA)
        {
            text.Append(_xml.Value);
            _xml.Read();
        }
        object? value = _xml.NodeType == XmlNodeType.Element ? Typed(depth) : text.ToString();
        _xml.MoveToContent();
        _xml.ReadEndElement();
        _xml.MoveToContent();
        return value;
    }

    private object? Typed(int depth) => _xml.LocalName switch
    {
        "string" => _xml.ReadElementContentAsString(),
        "int" or "i4" or "i8" => long.Parse(_xml.ReadElementContentAsString(), CultureInfo.InvariantCulture),
        "boolean" => _xml.ReadElementContentAsString().Trim() == "1",
        "double" => double.Parse(_xml.ReadElementContentAsString(), CultureInfo.InvariantCulture),
        "dateTime.iso8601" => DateTime.ParseExact(_xml.ReadElementContentAsString().Trim(), "yyyyMMdd'T'HH:mm:ss",
            CultureInfo.InvariantCulture),
        "base64" => Convert.FromBase64String(_xml.ReadElementContentAsString()),
        "nil" => Nil(),
        "array" => Array(depth),
        "struct" => Struct(depth),
        var other => throw new FormatException($"the type {other} is unknown"),
    };

    private object? Nil()
    {
        _xml.Skip();
        return null;
    }

    private List<object?> Array(int depth)
    {
        List<object?> values = [];
        Open("array");
        if (Enter())
        {
            while (_xml.IsStartElement("value"))
                values.Add(Value(depth + 1));
            _xml.ReadEndElement();
            _xml.MoveToContent();
        }
        _xml.ReadEndElement();
        return values;
    }

    private OrderedDictionary<string, object?> Struct(int depth)
    {
        var members = new OrderedDictionary<string, object?>(StringComparer.Ordinal);
        if (!Enter())
            return members;
        while (_xml.IsStartElement("member"))
        {
            Open("member");
            var name = Text("name");
            members[name] = Value(depth + 1);
            _xml.ReadEndElement();
            _xml.MoveToContent();
        }
        _xml.ReadEndElement();
        return members;
    }
}

/// <summary>The other side's fault.</summary>
internal sealed class XmlRpcFault(int code, string text) : Exception(text)
{
    public int Code { get; } = code;
}
