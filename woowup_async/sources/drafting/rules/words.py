"""The words of a column's name, in one language.

Room: sources. Pure. Spanish, Portuguese and English words of one meaning become one word: `Nº do Pedido`,
`numero_orden` and `OrderNo` are all `number order` in some order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from woowup_async.sources.texts import without_accents


def _words(text: str) -> list[str]:
    return text.split()


#: One meaning for each line: the word that stands for it, then what is written in files. All are without accents.
_MEANINGS = """
order: order pedido orden ordem purchase compra venta ventas venda vendas sale sales
order: transaction transaccion transacao
orders: orders pedidos ordenes compras purchases
invoice: invoice nota nf factura fatura comprobante boleta ticket tiquete recibo receipt nfe remito operacion
number: number numero nro num no n nr folio correlativo numeracao nbr increment
id: id ids identifier identificador uid uuid guid externalid
code: code cd codigo cod clave cve
customer: customer customers client cliente clientes comprador buyer consumidor consumer user usuario shopper socio
customer: member contact contacto contato guest
name: name nm nombre nombres nome names
email: email mail emails correo correoelectronico
phone: phone telefono telefone tel celular movil mobile cel cellphone whatsapp fone telephone telefonos phones
document: document documento doc dni cpf cnpj cuit cuil rut rfc curp cedula nit ruc nif nie identification
document: identificacion identificacao rg
date: date fecha data dt dta fec fch dia day
time: time hora hour horario
created: created creado creada criado creation creacion criacao placed emision emissao issued alta cadastro registro
updated: updated modified actualizacion atualizacao modificacion modificado change changed actualizado
payment: payment payments pago pagos pagamento paid pay pagado
method: method metodo medio meio forma gateway
type: type tipo kind clase
total: total totals totales totais
amount: amount vl vlr importe valor value monto montante
revenue: revenue ingresos receita
grand: grand general geral final
subtotal: subtotal sub gross bruto bruta
shipping: shipping envio frete flete freight delivery entrega despacho shipment ship shipto enviar
tax: tax taxes impuesto impuestos imposto impostos iva icms igv vat
discount: discount desconto descuento descontos descuentos bonificacion dto rebaja discounts
quantity: quantity cantidad quantidade qty qt qtd qtde cant unidades units piezas pecas ctd cantidades
unit: unit pu punit vunit unitario unitaria unitary unid uni unidad
price: price precio preco pvp prices
cost: cost costo custo coste
item: item items line lines linea linha articulo articulos artigo producto produto product productos produtos prod
item: catalog catalogo lineitem publicacion anuncio mercaderia variant
sku: sku skus
net: net neto neta liquido liquida
profit: profit margin margen margem goods ganancia utilidad lucro
stock: stock
model: model modelo
reference: reference referencia ref
barcode: barcode ean upc gtin barras codigobarras
title: title ds titulo descripcion descricao description detalle detalhe desc
brand: brand marca vendor fabricante manufacturer
category: category categoria categorias rubro familia departamento grupo group seccion
first: first primer primeiro given firstname
last: last apellido apellidos sobrenome surname
full: full completo
street: street calle direccion endereco address domicilio rua logradouro addr dir
city: city ciudad cidade localidad municipio town locality
state: state provincia province region uf estadouf provinces
estado: estado
status: status situacion situacao estatus
country: country pais paises
zip: zip zipcode postal post postcode cep cp postalcode
floor: piso floor depto complemento complement apto
birth: birth nac nasc fnac nacimiento nascimento birthday birthdate cumpleanos aniversario dob born
gender: gender sexo genero sex
branch: branch sucursal tienda loja store local location filial pdv sede shop almacen tiendas lojas
point: punto ponto point
channel: channel canal
source: source origen origem
seller: seller vendedor vendedora salesperson cashier cajero caixa employee agent agente operador
billing: billing facturacion faturamento cobranza cobranca bill
accepts: accepts acepta aceita opt optin subscribed suscripto suscrito newsletter consent consentimiento permite accept
accepts: inscrito enabled suscripcion
marketing: marketing publicidad novedades
tags: tags etiquetas tag labels
size: talle talla tamanho tamano size
color: color cor colour
currency: currency moneda moeda
refund: refund refunded reembolso devolucion devolucao estorno refunds reembolsado
cancel: cancel cancelled canceled cancelacion cancelado cancelamento cancellation anulacion anulado
note: note notes notas observaciones observacao observacoes comentario comentarios comment comments observacion
coupon: coupon cupon cupom voucher
company: company empresa razon social companhia corporate
list: list lista compare manual tabela
commission: fee fees comision comissao commission cargo cargos tarifa
cents: cents centavos centimos minor
delivered: fulfilled fulfillment shipped enviado tracking rastreo
due: due vto vencto vencimiento vencimento expires expiry expiration
closed: closed close cierre fechamento completed finished
usd: usd dolar dolares
rating: rating level nivel tier score ranking
ip: ip
device: device dispositivo
""".strip()
#: Words that join others.
_JOINS = frozenset(
    _words("de del da do dos das la el los las lo the of for para por en em o a y e and et at on no' in money set")
)
_FISCAL = frozenset(("invoice", "coupon", "document", "fiscal"))
_INCLUDED = frozenset(("incl", "included", "incluido", "incluidos", "including", "inc", "con", "com", "c"))
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
#: `C.P.` and `D. N. I.`
_SHORT = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")
_WORD = re.compile(r"[a-z]+|[0-9]+")
#: Shortest part of a word that is written together with others, such as `fechapedido`.
_PART = 3
_SHORT_PARTS = frozenset(("id", "no", "nro", "cod", "tel"))


def _table() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _MEANINGS.splitlines():
        meaning, _, written = line.partition(": ")
        found |= dict.fromkeys(written.split(), meaning)
    return found


_MEANING = _table()


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, without those that only join others."""
    name = _SHORT.sub(lambda found: re.sub(r"\W", "", found[0]) + " ", name)
    text = _CAMEL.sub(" ", name.replace("#", " numero ").replace("°", "o ").replace("WhatsApp", "whatsapp"))
    found: list[str] = []
    for word in _WORD.findall(without_accents(text)):
        if word in _JOINS:
            continue
        found += _meanings(word) or (word,)
    if "fiscal" in found:  # "nota fiscal", "cupom fiscal", "documento fiscal"
        found = ["invoice" if word in _FISCAL else word for word in found]
    if "tax" in found and _INCLUDED & {*found}:  # an amount with its taxes is the usual one
        found = [word for word in found if word != "tax" and word not in _INCLUDED]
    return tuple(dict.fromkeys(found))


def _meanings(word: str) -> tuple[str, ...]:
    if (known := _MEANING.get(word)) is not None:
        return (known,)
    for end in range(len(word) - 1, 1, -1):
        head, tail = word[:end], word[end:]
        if _is_part(head) and head in _MEANING and _is_part(tail) and (rest := _meanings(tail)):
            return (_MEANING[head], *rest)
    return ()


def _is_part(word: str) -> bool:
    return len(word) >= _PART or word in _SHORT_PARTS


def is_english(names: Iterator[str] | tuple[str, ...]) -> bool:
    """Return whether most names of columns are English."""
    words = [word for name in names for word in _WORD.findall(without_accents(_CAMEL.sub(" ", name)))]
    english = sum(word in _ENGLISH for word in words)
    return english > sum(word in _OTHERS for word in words)


_ENGLISH = frozenset(
    _words("order date name number first last price quantity amount address customer phone country id")
)
_OTHERS = frozenset(
    _words(
        "de fecha nombre numero precio cantidad importe direccion cliente telefono pais pedido data nome preco "
        "quantidade valor endereco telefone venta venda"
    )
)


def knows(name: str) -> bool:
    """Return whether a name has a word of the vocabulary."""
    return any(word in _KNOWN for word in words_of(name))


_KNOWN = frozenset(_MEANING.values())
